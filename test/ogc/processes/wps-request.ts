import test from 'ava';
import { Parameters } from '../../../src/ogc/parameters.ts';
import type { ExecuteRequest } from '../../../src/ogc/processes/execute-request.ts';
import {
  readWpsDocument,
  readWpsParameters,
  type WpsRequest,
} from '../../../src/ogc/processes/wps-request.ts';
import { limits, problemOfCall } from './helpers/echo.ts';

function kvp(query: string): WpsRequest {
  return readWpsParameters(new Parameters(new URLSearchParams(query)), limits);
}

function posted(body: string): WpsRequest {
  return readWpsDocument(body, limits);
}

function execute(read: WpsRequest): ExecuteRequest {
  if (read.kind !== 'Execute') throw new Error(read.kind);
  return read.request;
}

const EXECUTE = 'service=WPS&version=1.0.0&request=Execute&identifier=echo';

test('capabilities by parameters, in the version that the client asks for', (t) => {
  t.deepEqual(kvp('service=WPS&request=GetCapabilities'), { version: '1.0.0', kind: 'GetCapabilities' });
  t.deepEqual(kvp('SERVICE=wps&Request=getcapabilities&ACCEPTVERSIONS=3.0.0,2.0.0'), {
    version: '2.0.0',
    kind: 'GetCapabilities',
  });
  t.is(kvp('service=WPS&request=GetCapabilities&version=2.0.2').version, '2.0.0');
  t.is(kvp('service=WPS&request=GetStatus&jobid=a').version, '2.0.0');
  t.is(kvp('service=WPS&request=GetResult&JOBID=a').version, '2.0.0');
  t.is(kvp('service=WPS&request=Dismiss&jobId=a').version, '2.0.0');
  t.is(kvp('service=WPS&request=Dismiss&executionId=a').version, '1.0.0');
  t.is(kvp('service=WPS&request=GetExecutionStatus&executionId=a').version, '1.0.0');
  for (const wish of ['AcceptVersions=0.4.0', 'version=3.0.0']) {
    t.is(
      problemOfCall(() => kvp(`service=WPS&request=GetCapabilities&${wish}`)).kind,
      'version-not-supported',
    );
  }
});

test('descriptions by parameters', (t) => {
  const query = 'service=WPS&version=1.0.0&request=DescribeProcess&identifier=';
  t.deepEqual(kvp(`${query}echo,buffer`), {
    version: '1.0.0',
    kind: 'DescribeProcess',
    identifiers: ['echo', 'buffer'],
  });
  t.deepEqual(kvp(`${query}ALL`), { version: '1.0.0', kind: 'DescribeProcess', identifiers: [] });
});

test('TerriaJS sends inputs by parameters', (t) => {
  const geojson = '{"type":"FeatureCollection","features":[]}';
  const data = `geometry=${encodeURIComponent(geojson)};text=a`;
  const { inputs } = execute(
    kvp(`${EXECUTE}&DataInputs=${encodeURIComponent(data)}&status=true&storeExecuteResponse=true`),
  );
  t.like(inputs, [
    { id: 'geometry', value: { kind: 'text', text: geojson } },
    { id: 'text', value: { kind: 'text', text: 'a' } },
  ]);
  // Encoded once only.
  t.like(execute(kvp(`${EXECUTE}&DataInputs=geometry=${encodeURIComponent(geojson)};text=50%25`)).inputs, [
    { id: 'geometry', value: { text: geojson } },
    { id: 'text', value: { text: '50%' } },
  ]);
});

test('semicolons within values that are encoded once', (t) => {
  const inputs = (data: string) =>
    execute(kvp(`${EXECUTE}&DataInputs=${encodeURIComponent(data)}`)).inputs.map(({ id, value }) => [
      id,
      (value as { text: string }).text,
    ]);
  t.deepEqual(inputs('json={"a": "b; c", "d": "e;f@g"};text=x'), [
    ['json', '{"a": "b; c", "d": "e;f@g"}'],
    ['text', 'x'],
  ]);
  t.deepEqual(inputs('a=1;;b=2;'), [
    ['a', '1'],
    ['b', '2'],
  ]);
});

test('the example of WPS 1.0.0 by parameters', (t) => {
  const read = execute(
    kvp(
      'Service=WPS&Version=1.0.0&Language=en-CA&Request=Execute&Identifier=Buffer' +
        '&DataInputs=[InputPolygon=@xlink:href=http%3A%2F%2Ffoo.bar%2Fsome_WFS_request.xml;BufferDistance=400]' +
        '&ResponseDocument=[BufferedPolygon=@asReference=true]&storeExecuteResponse=true',
    ),
  );
  t.like(read, { process: 'Buffer', mode: 'async', store: true, status: false, response: 'document' });
  t.like(read.inputs[0], {
    id: 'InputPolygon',
    value: { kind: 'reference', href: 'http://foo.bar/some_WFS_request.xml', method: 'GET' },
  });
  t.like(read.inputs[1], { id: 'BufferDistance', value: { text: '400' } });
  t.like(read.outputs, [{ id: 'BufferedPolygon', transmission: 'reference' }]);
});

test('attributes of inputs and outputs by parameters', (t) => {
  const data =
    'gml=<a b="1"/>@mimeType=text/xml; subtype=gml/3.1.1@encoding=UTF-8;mail=me@example.org;d=5@uom=km@dataType=double';
  const { inputs } = execute(kvp(`${EXECUTE}&DataInputs=${encodeURIComponent(data)}`));
  t.like(inputs, [
    { id: 'gml', value: { text: '<a b="1"/>', format: { mediaType: 'text/xml; subtype=gml/3.1.1' } } },
    { id: 'mail', value: { text: 'me@example.org' } },
    { id: 'd', value: { text: '5', uom: 'km', dataType: 'double' } },
  ]);
  const raw = execute(kvp(`${EXECUTE}&RawDataOutput=${encodeURIComponent('[map@mimeType=image/png]')}`));
  t.like(raw, {
    response: 'raw',
    mode: 'sync',
    outputs: [{ id: 'map', format: { mediaType: 'image/png' } }],
  });
});

test('MapStore2 asks for the state of a job', (t) => {
  t.deepEqual(kvp('service=WPS&version=1.0.0&REQUEST=GetExecutionStatus&executionId=abc'), {
    version: '1.0.0',
    kind: 'GetStatus',
    job: 'abc',
  });
  t.deepEqual(kvp('service=WPS&request=Dismiss&executionId=abc'), {
    version: '1.0.0',
    kind: 'Dismiss',
    job: 'abc',
  });
  t.like(kvp('service=WPS&version=1.0.0&request=GetExecutionResult&executionId=a&outputId=b'), {
    kind: 'GetResult',
    job: 'a',
    output: 'b',
  });
  t.deepEqual(
    kvp('service=WPS&version=1.0.0&request=GetExecutions&owner=anna&status=RUNNING&startIndex=10'),
    {
      version: '1.0.0',
      kind: 'GetExecutions',
      filter: { process: '', user: 'anna', state: 'running', offset: 10, limit: limits.defaultPageSize },
    },
  );
});

for (const [query, kind, locator] of [
  ['', 'missing-parameter', 'service'],
  ['service=WFS&request=GetCapabilities', 'invalid-parameter', 'service'],
  ['service=WPS', 'missing-parameter', 'request'],
  ['service=WPS&request=Fly&version=1.0.0', 'operation-not-supported', 'request'],
  ['service=WPS&request=Execute&identifier=echo', 'missing-parameter', 'version'],
  ['service=WPS&request=Execute&version=9.9.9', 'invalid-parameter', 'version'],
  ['service=WPS&request=Execute&version=1.0.0', 'missing-parameter', 'identifier'],
  ['service=WPS&request=Execute&version=2.0.0', 'operation-not-supported', 'request'],
  ['service=WPS&request=GetStatus&version=2.0.0', 'missing-parameter', 'jobid'],
  ['service=WPS&request=DescribeProcess&version=1.0.0', 'missing-parameter', 'identifier'],
  [`${EXECUTE}&status=true`, 'invalid-parameter', 'status'],
  [`${EXECUTE}&lineage=maybe`, 'invalid-parameter', 'lineage'],
  [`${EXECUTE}&RawDataOutput=a;b`, 'invalid-parameter', 'RawDataOutput'],
  [`${EXECUTE}&DataInputs=a@encoding=rot13`, 'format-not-supported', 'a'],
  [`${EXECUTE}&DataInputs=${'a=1;'.repeat(limits.maxInputs + 1)}`, 'input-repeated', 'DataInputs'],
] as const) {
  test(`refused: ${query.slice(0, 80)}`, (t) => {
    t.like(
      problemOfCall(() => kvp(query)),
      { kind, locator },
    );
  });
}

const OWSLIB = `<wps100:Execute xmlns:wps100="http://www.opengis.net/wps/1.0.0" xmlns:ows110="http://www.opengis.net/ows/1.1"
    xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" service="WPS"
    version="1.0.0" xsi:schemaLocation="http://www.opengis.net/wps/1.0.0 wpsExecute_request.xsd">
  <ows110:Identifier>echo</ows110:Identifier>
  <wps100:DataInputs>
    <wps100:Input><ows110:Identifier>text</ows110:Identifier>
      <wps100:Data><wps100:LiteralData>a &amp; b</wps100:LiteralData></wps100:Data></wps100:Input>
    <wps100:Input><ows110:Identifier>box</ows110:Identifier>
      <wps100:Data><wps100:BoundingBoxData crs="epsg:4326" dimensions="2"><ows110:LowerCorner>51.9 7.0</ows110:LowerCorner>
        <ows110:UpperCorner>53.0 8.0</ows110:UpperCorner></wps100:BoundingBoxData></wps100:Data></wps100:Input>
    <wps100:Input><ows110:Identifier>geometry</ows110:Identifier>
      <wps100:Data><wps100:ComplexData mimeType="application/json">{"a": "&lt;"}</wps100:ComplexData></wps100:Data></wps100:Input>
    <wps100:Input><ows110:Identifier>other</ows110:Identifier>
      <wps100:Reference xlink:href="http://example.org/wfs"><wps100:Body>
        <wfs:GetFeature xmlns:wfs="http://www.opengis.net/wfs" service="WFS"/></wps100:Body></wps100:Reference></wps100:Input>
  </wps100:DataInputs>
  <wps100:ResponseForm>
    <wps100:ResponseDocument storeExecuteResponse="true" status="true" lineage="false">
      <wps100:Output asReference="true" mimeType="application/json"><ows110:Identifier>geometry</ows110:Identifier></wps100:Output>
    </wps100:ResponseDocument>
  </wps100:ResponseForm>
</wps100:Execute>`;

test('Execute as OWSLib posts it', (t) => {
  const read = execute(posted(OWSLIB));
  t.like(read, { process: 'echo', mode: 'async', store: true, status: true, lineage: false });
  t.like(read.inputs, [
    { id: 'text', value: { kind: 'literal', value: 'a & b' } },
    { id: 'box', value: { kind: 'bbox', crs: 'epsg:4326', lower: [51.9, 7], upper: [53, 8] } },
    {
      id: 'geometry',
      value: { kind: 'complex', data: '{"a": "<"}', format: { mediaType: 'application/json' } },
    },
    {
      id: 'other',
      value: {
        kind: 'reference',
        method: 'POST',
        body: '<wfs:GetFeature xmlns:wfs="http://www.opengis.net/wfs" service="WFS"/>',
      },
    },
  ]);
  t.like(read.outputs, [{ id: 'geometry', transmission: 'reference' }]);
});

test('OpenLayers 2 puts a box beside Data, and namespaces are the client’s own', (t) => {
  const body = `<Execute xmlns="http://www.opengis.net/wps/1.0.0" service="WPS" version="1.0.0"><ow:Identifier
    xmlns:ow="urn:x">echo</ow:Identifier><DataInputs><Input><Identifier>box</Identifier><BoundingBoxData crs="EPSG:4326">
    <LowerCorner>1 2</LowerCorner><UpperCorner>3 4</UpperCorner></BoundingBoxData></Input></DataInputs>
    <ResponseForm><RawDataOutput mimeType="application/wkt"><Identifier>geometry</Identifier></RawDataOutput></ResponseForm></Execute>`;
  const read = execute(posted(body));
  t.like(read, { response: 'raw', mode: 'sync', outputs: [{ id: 'geometry' }] });
  t.like(read.inputs, [{ id: 'box', value: { lower: [1, 2], upper: [3, 4] } }]);
});

test('inline XML reaches the process as it was written, with the prefixes that it needs', (t) => {
  const inner = '<wfs:FeatureCollection><gml:pos a=">">1 2<!-- &lt; --></gml:pos></wfs:FeatureCollection>';
  const body = `<?xml version="1.0"?><wps:Execute xmlns:wps="http://www.opengis.net/wps/1.0.0" xmlns:gml="urn:gml" service="WPS"
    version="1.0.0" xmlns:unused="urn:unused"><Identifier>echo</Identifier><wps:DataInputs><wps:Input><Identifier>geometry</Identifier>
    <wps:Data><wps:ComplexData xmlns:wfs='urn:wfs' mimeType="text/xml"><!-- embedded -->
    ${inner}
    </wps:ComplexData></wps:Data></wps:Input></wps:DataInputs></wps:Execute>`;
  const value = execute(posted(body)).inputs[0]?.value;
  const root = '<wfs:FeatureCollection xmlns:gml="urn:gml" xmlns:wfs="urn:wfs">';
  t.like(value, { kind: 'complex', data: inner.replace('<wfs:FeatureCollection>', root) });
});

test('inline text stands in CDATA or escaped', (t) => {
  const complex = (content: string) =>
    execute(
      posted(`<w:Execute xmlns:w="http://www.opengis.net/wps/1.0.0" service="WPS" version="1.0.0"><w:Identifier>e</w:Identifier>
      <w:DataInputs><w:Input><w:Identifier>i</w:Identifier><w:Data><w:ComplexData>${content}</w:ComplexData></w:Data></w:Input>
      </w:DataInputs></w:Execute>`),
    ).inputs[0]?.value;
  t.like(complex(' <![CDATA[<a>&amp;</a>]]> '), { data: '<a>&amp;</a>' });
  t.like(complex('{"a":1}<!-- c --><![CDATA[&]]>&#65;'), { data: '{"a":1}&A' });
  t.like(complex(''), { data: '' });
});

test('operations of WPS 2.0', (t) => {
  const root = (name: string, content: string, attributes = 'version="2.0.0"') =>
    posted(`<wps:${name} xmlns:wps="http://www.opengis.net/wps/2.0" xmlns:ows="http://www.opengis.net/ows/2.0"
      xmlns:xlink="http://www.w3.org/1999/xlink" service="WPS" ${attributes}>${content}</wps:${name}>`);
  t.deepEqual(root('GetCapabilities', '', ''), { version: '2.0.0', kind: 'GetCapabilities' });
  t.deepEqual(root('GetStatus', '<wps:JobID>a</wps:JobID>'), {
    version: '2.0.0',
    kind: 'GetStatus',
    job: 'a',
  });
  t.deepEqual(root('Dismiss', '<wps:JobID>a</wps:JobID>'), { version: '2.0.0', kind: 'Dismiss', job: 'a' });
  t.deepEqual(
    root('DescribeProcess', '<ows:Identifier>a,b</ows:Identifier><ows:Identifier>c</ows:Identifier>'),
    {
      version: '2.0.0',
      kind: 'DescribeProcess',
      identifiers: ['a,b', 'c'],
    },
  );
  const read = execute(
    root(
      'Execute',
      `<ows:Identifier>echo</ows:Identifier>
      <wps:Input id="a"><wps:Data>10.0</wps:Data></wps:Input>
      <wps:Input id="b"><wps:Data><wps:LiteralValue uom="km">5</wps:LiteralValue></wps:Data></wps:Input>
      <wps:Input id="c"><wps:Data><ows:BoundingBox crs="EPSG:4326"><ows:LowerCorner>1 2</ows:LowerCorner>
        <ows:UpperCorner>3 4</ows:UpperCorner></ows:BoundingBox></wps:Data></wps:Input>
      <wps:Input id="d"><wps:Data mimeType="text/xml"><x/></wps:Data></wps:Input>
      <wps:Input id="e"><wps:Reference xlink:href="job:7%2F8/out%20put"/></wps:Input>
      <wps:Output id="o" transmission="reference" mimeType="image/tiff"/>`,
      'version="2.0.0" response="document" mode="async"',
    ),
  );
  t.like(read, { mode: 'async', response: 'document', outputs: [{ id: 'o', transmission: 'reference' }] });
  t.like(read.inputs, [
    { id: 'a', value: { kind: 'text', text: '10.0' } },
    { id: 'b', value: { kind: 'literal', value: '5', uom: 'km' } },
    { id: 'c', value: { kind: 'bbox', lower: [1, 2], upper: [3, 4] } },
    { id: 'd', value: { kind: 'complex', format: { mediaType: 'text/xml' } } },
    { id: 'e', value: { kind: 'job', job: '7/8', output: 'out put' } },
  ]);
});

const deep = '<a>'.repeat(300) + '</a>'.repeat(300);

for (const [name, body, kind] of [
  ['nothing', '', 'malformed'],
  ['text', 'hello', 'malformed'],
  ['a DTD', '<!DOCTYPE a [<!ENTITY b "c">]><a service="WPS"/>', 'malformed'],
  ['no end', '<Execute service="WPS"', 'malformed'],
  ['tags that cross', '<Execute service="WPS" version="1.0.0"><a><b></a></b></Execute>', 'malformed'],
  ['depth', deep, 'malformed'],
  ['SOAP', '<s:Envelope xmlns:s="urn:s"><s:Body/></s:Envelope>', 'operation-not-supported'],
  ['an unknown operation', '<Fly service="WPS" version="1.0.0"/>', 'operation-not-supported'],
  ['no service', '<Execute version="1.0.0"/>', 'missing-parameter'],
  ['no version', '<Execute service="WPS"/>', 'missing-parameter'],
  ['no process', '<Execute service="WPS" version="1.0.0"/>', 'missing-parameter'],
  ['too long', `<Execute service="WPS">${' '.repeat(limits.maxDocumentLength)}</Execute>`, 'too-large'],
] as const) {
  test(`refused: posted XML with ${name}`, (t) => {
    t.is(problemOfCall(() => posted(body)).kind, kind);
  });
}

test('declarations are not multiplied into every payload', (t) => {
  const declarations = Array.from({ length: 200 }, (_, index) => `xmlns:p${index}="urn:${index}"`).join(' ');
  const body = `<Execute ${declarations} service="WPS" version="1.0.0"><ComplexData><a/></ComplexData></Execute>`;
  t.is(problemOfCall(() => posted(body)).kind, 'malformed');
});
