import test from 'ava';
import { childOf, readXml, textAt } from '../../src/ogc/xml-read.ts';

const LIMITS = { maxXmlLength: 1000, maxXmlDepth: 3 };

test('a document becomes elements without namespaces', (t) => {
  const root = readXml(
    '<?xml version="1.0"?><!-- c --><a:b xmlns:a="urn:x" c="1 &amp; &#65;"><a:d> x<![CDATA[<&amp;]]>y </a:d></a:b>',
    LIMITS,
  );
  t.is(root.name, 'b');
  t.is(root.attributes.get('c'), '1 & A');
  t.is(textAt(root, 'd'), 'x<&amp;y');
  t.is(textAt(root, 'd', 'e'), undefined);
  t.is(childOf(root, 'e'), undefined);
});

const REFUSED: [body: string, message: RegExp][] = [
  [`<a>${'x'.repeat(1000)}</a>`, /longer than 1000/],
  ['<!DOCTYPE a><a/>', /document type/],
  ['<a><b><c><d/></c></b></a>'.replace('<d/>', '<d></d>'), /deeper than 3/],
  ['<a', /not well-formed/],
  ['<a b="1" b="2"/>', /not well-formed/],
  ['<a></b>', /not well-formed/],
  ['<?xml version="1.0"?>', /not well-formed|root/],
];

for (const [body, message] of REFUSED) {
  test(`refused: ${body.slice(0, 40)}`, (t) => {
    t.throws(() => readXml(body, LIMITS), { message });
  });
}

test('comments and CDATA do not count as depth', (t) => {
  t.notThrows(() => readXml('<a><b><!-- <c><d><e> --><![CDATA[<c><d><e>]]></b></a>', LIMITS));
});

test('a declaration within a comment or CDATA is text like any other', (t) => {
  const read = readXml('<a><!-- <!DOCTYPE b> --><b><![CDATA[<!DOCTYPE html><p>]]></b></a>', LIMITS);
  t.is(textAt(read, 'b'), '<!DOCTYPE html><p>');
  for (const hidden of ['<?b <!-- ?><!DOCTYPE a><a/><!-- -->', '<!doctype a><a/>', '<a/><!ENTITY b "c">']) {
    t.throws(() => readXml(hidden, LIMITS), { message: /document type/ }, hidden);
  }
});

test('what ends a tag may stand in the values of its attributes', (t) => {
  const root = readXml(`<a>${'<b c="1>2" d=\'">\'/>'.repeat(5)}</a>`, LIMITS);
  t.is(root.children.length, 5);
  t.is(root.children[0]?.attributes.get('d'), '">');
  t.throws(() => readXml('<a b="></a>', LIMITS), { message: /not well-formed/ });
});

test('tags are counted before the document is read, whatever they are', (t) => {
  const limits = { maxXmlLength: 1000, maxXmlDepth: 3, maxXmlTags: 4 };
  t.notThrows(() => readXml('<a><b/><b/></a>', limits));
  for (const one of ['<b/>', '</b>', '<!-- -->', '<![CDATA[]]>', '<?b?>']) {
    t.throws(() => readXml(`<a>${one.repeat(4)}</a>`, limits), {
      message: /more than 4 tags|not been opened/,
    });
  }
});
