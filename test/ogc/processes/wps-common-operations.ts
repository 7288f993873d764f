import test from 'ava';
import fc from 'fast-check';
import { Parameters } from '../../../src/ogc/parameters.ts';
import {
  readCommonDocument,
  readCommonParameters,
  required,
  unknownOperation,
} from '../../../src/ogc/processes/wps-common-operations.ts';
import { escapeXml } from '../../../src/ogc/xml.ts';
import { readXml } from '../../../src/ogc/xml-read.ts';
import { limits, problemOfCall } from './helpers/echo.ts';

function kvp(request: string, identifier?: string) {
  const pairs: [string, string][] = identifier === undefined ? [] : [['Identifier', identifier]];
  return readCommonParameters(request, new Parameters(pairs), limits);
}

function posted(name: string, identifiers: readonly string[] = []) {
  const content = identifiers.map((text) => `<ows:Identifier>${escapeXml(text)}</ows:Identifier>`).join('');
  const document = `<wps:${name} xmlns:wps="w" xmlns:ows="o">${content}</wps:${name}>`;
  return readCommonDocument(readXml(document, { maxXmlLength: 1e6, maxXmlDepth: 10 }), limits);
}

/** `all` means every process. */
const identifier = fc.stringMatching(/^[\w:.<&-]{1,20}$/).filter((text) => text.toLowerCase() !== 'all');

test('descriptions are asked for alike in both languages, whatever is around the identifiers', (t) => {
  fc.assert(
    fc.property(
      fc.array(identifier, { minLength: 1, maxLength: 5 }),
      fc.mixedCase(fc.constant('DescribeProcess')),
      fc.constantFrom('', ' ', '\n\t'),
      (identifiers, request, space) => {
        const expected = { kind: 'DescribeProcess', identifiers } as const;
        const spaced = identifiers.map((text) => `${space}${text}${space}`);
        t.deepEqual(kvp(request, spaced.join(',')), expected);
        t.deepEqual(posted('DescribeProcess', spaced), expected);
      },
    ),
  );
});

test('one ALL among the identifiers asks for all of them', (t) => {
  const all = { kind: 'DescribeProcess', identifiers: [] } as const;
  for (const word of ['ALL', 'all', ' All ']) {
    t.deepEqual(kvp('DescribeProcess', `echo,${word}`), all);
    t.deepEqual(posted('DescribeProcess', ['echo', word]), all);
  }
});

test('nobody describes nothing, or more than a page holds', (t) => {
  const many = Array.from({ length: limits.maxPageSize + 1 }, (_, at) => `p${at}`);
  for (const [call, kind] of [
    [() => kvp('DescribeProcess'), 'missing-parameter'],
    [() => kvp('DescribeProcess', ' , ,'), 'missing-parameter'],
    [() => posted('DescribeProcess'), 'missing-parameter'],
    [() => posted('DescribeProcess', [' ']), 'missing-parameter'],
    [() => kvp('DescribeProcess', many.join()), 'too-large'],
    [() => posted('DescribeProcess', many), 'too-large'],
  ] as const) {
    t.like(problemOfCall(call), { kind, locator: 'identifier' });
  }
  const most = many.slice(1);
  t.like(kvp('DescribeProcess', most.join()), { identifiers: most });
});

test('capabilities are common to both versions; of other operations each knows its own', (t) => {
  t.deepEqual(kvp('GETCAPABILITIES'), { kind: 'GetCapabilities' });
  t.deepEqual(posted('GetCapabilities'), { kind: 'GetCapabilities' });
  for (const other of ['Execute', 'GetStatus', 'Dismiss', 'toString', '']) t.is(kvp(other), undefined);
  for (const other of ['Execute', 'GetResult', 'getcapabilities']) t.is(posted(other), undefined);
  t.like(unknownOperation('<x>'), { kind: 'operation-not-supported', locator: 'request' });
});

test('a parameter that must be there may have other names, and no empty value', (t) => {
  const parameters = new Parameters([
    ['executionid', ' '],
    ['JOBID', ' 7 '],
  ]);
  t.is(required(parameters, 'EXECUTIONID', 'JOBID'), '7');
  t.like(
    problemOfCall(() => required(parameters, 'EXECUTIONID')),
    { kind: 'missing-parameter', locator: 'executionid' },
  );
});
