import test from 'ava';
import fc from 'fast-check';
import { XMLValidator } from 'fast-xml-parser';
import { dropUnwritable, element, textElement, writeXml, xmlName } from '../../src/ogc/xml.ts';
import { readXml } from '../../src/ogc/xml-read.ts';

const LIMITS = { maxXmlLength: 100_000, maxXmlDepth: 10 };

test('a document, indented, with what is absent left out', (t) => {
  const root = element('a', { b: 1, c: undefined, d: false, e: '<"&' }, [
    textElement('f', "it's > that"),
    undefined,
    false,
    element('g', {}, [element('h')]),
    textElement('i', ''),
  ]);
  t.is(
    writeXml(root, 'a SYSTEM "a.dtd"'),
    `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE a SYSTEM "a.dtd">
<a b="1" e="&lt;&quot;&amp;">
  <f>it&#39;s &gt; that</f>
  <g>
    <h/>
  </g>
  <i/>
</a>
`,
  );
});

test('what is written can be read, whatever the text', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const read = readXml(writeXml(element('a', { b: text }, text)), LIMITS);
      t.is(read.text, dropUnwritable(text).trim());
      t.is(read.attributes.get('b'), dropUnwritable(text));
    }),
    { numRuns: 1000 },
  );
});

test('control characters and lone surrogates are dropped, others kept', (t) => {
  t.is(dropUnwritable('a\u0000\u0001\t\n\u000B\uD800b\uFFFE🗺é'), 'a\t\nb🗺é');
});

test('any text becomes a name that XML allows', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const name = xmlName(text);
      t.is(XMLValidator.validate(`<${name}/>`), true, name);
    }),
  );
  t.is(xmlName('Road Segments'), 'Road_Segments');
  t.is(xmlName('2nd'), '_2nd');
  t.is(xmlName('xmlFoo'), '_xmlFoo');
  t.is(xmlName('größe.2'), 'größe.2');
});
