import test from 'ava';
import fc from 'fast-check';
import { OgcException } from '../../src/ogc/exceptions.ts';
import { readXmlRequest } from '../../src/ogc/xml-request.ts';
import { exceptionOf, getMap111, getMap130, viewOf, wms, wmts } from './helpers/read.ts';
import { limits } from './helpers/service.ts';

function posted(body: string): [string, string][] {
  return readXmlRequest(body, limits);
}

const GET_MAP_111 = `<?xml version="1.0" encoding="UTF-8"?>
<ogc:GetMap xmlns:ogc="http://www.opengis.net/ows" xmlns:gml="http://www.opengis.net/gml"
    version="1.1.1" service="WMS">
  <!-- as in OGC 02-070 -->
  <StyledLayerDescriptor version="1.0.0">
    <NamedLayer><Name>Lakes</Name><NamedStyle><Name>night</Name></NamedStyle></NamedLayer>
    <NamedLayer><Name>Road Segments</Name></NamedLayer>
  </StyledLayerDescriptor>
  <BoundingBox srsName="http://www.opengis.net/gml/srs/epsg.xml#4326">
    <gml:coord><gml:X>-0.0042</gml:X><gml:Y>-0.0024</gml:Y></gml:coord>
    <gml:coord><gml:X>0.0042</gml:X><gml:Y>0.0024</gml:Y></gml:coord>
  </BoundingBox>
  <Output>
    <Format>image/png</Format>
    <Transparent>true</Transparent>
    <Size><Width>400</Width><Height>200</Height></Size>
  </Output>
  <Exceptions>application/vnd.ogc.se_blank</Exceptions>
</ogc:GetMap>`;

test('GetMap of WMS 1.1.1', (t) => {
  const view = viewOf(getMap111({ LAYERS: 'Lakes,Road Segments', STYLES: 'night,', TRANSPARENT: 'TRUE' }));
  t.deepEqual(viewOf(new URLSearchParams(posted(GET_MAP_111)).toString()), view);
});

test('EXCEPTIONS of a posted GetMap are honoured', (t) => {
  const bad = GET_MAP_111.replace('<Name>Lakes', '<Name>Nowhere');
  t.is(exceptionOf(() => wms(posted(bad))).reporting.style, 'blank');
});

const GET_MAP_130 = `<sld:GetMap xmlns:sld="http://www.opengis.net/sld" xmlns:se="http://www.opengis.net/se"
    xmlns:ows="http://www.opengis.net/ows/1.1" xmlns:wms="http://www.opengis.net/wms" version="1.3.0">
  <sld:StyledLayerDescriptor version="1.1.0">
    <sld:NamedLayer><se:Name>Lakes</se:Name></sld:NamedLayer>
    <sld:NamedLayer><se:Name>Road Segments</se:Name></sld:NamedLayer>
  </sld:StyledLayerDescriptor>
  <sld:CRS>EPSG:4326</sld:CRS>
  <sld:BoundingBox crs="urn:ogc:def:crs:EPSG::3857">
    <ows:LowerCorner>-0.0024 -0.0042</ows:LowerCorner>
    <ows:UpperCorner>0.0024 0.0042</ows:UpperCorner>
  </sld:BoundingBox>
  <sld:Output>
    <sld:Size><sld:Width>400</sld:Width><sld:Height>200</sld:Height></sld:Size>
    <wms:Format>image/png</wms:Format>
    <sld:BGcolor>0xFF0000</sld:BGcolor>
  </sld:Output>
  <sld:Exceptions>XML</sld:Exceptions>
</sld:GetMap>`;

test('GetMap of WMS 1.3.0', (t) => {
  const bbox = '-0.0024,-0.0042,0.0024,0.0042';
  const view = viewOf(getMap130({ CRS: 'EPSG:4326', BBOX: bbox, BGCOLOR: '0xFF0000' }));
  t.deepEqual(viewOf(new URLSearchParams(posted(GET_MAP_130)).toString()), view);
});

test('GetFeatureInfo around a GetMap', (t) => {
  const body = `<GetFeatureInfo version="1.3.0" service="WMS">${GET_MAP_130}
    <QueryLayer>Lakes</QueryLayer><QueryLayer>Road Segments</QueryLayer>
    <I>60</I><J>50</J><Output><InfoFormat>text/html</InfoFormat></Output><FeatureCount>5</FeatureCount>
  </GetFeatureInfo>`;
  const request = wms(posted(body));
  t.like(request, {
    kind: 'GetFeatureInfo',
    infoFormat: 'text/html',
    query: { i: 60, j: 50, featureCount: 5, queryLayers: ['Lakes', 'Road Segments'] },
  });
});

test('GetCapabilities of WMS and of OWS Common', (t) => {
  const wmsBody =
    '<ogc:GetCapabilities xmlns:ogc="http://www.opengis.net/ogc" service="WMS" version="1.1.1"/>';
  t.like(wms(posted(wmsBody)), { kind: 'GetCapabilities', version: '1.1.1' });
  const owsBody = `<GetCapabilities xmlns="http://www.opengis.net/ows/1.1" service="WMTS">
    <AcceptVersions><Version>2.0.0</Version><Version>1.0.0</Version></AcceptVersions>
    <Sections><Section>Contents</Section><Section>Themes</Section></Sections></GetCapabilities>`;
  t.like(wmts(posted(owsBody)), { kind: 'GetCapabilities', sections: ['Contents', 'Themes'] });
});

test('GetTile of WMTS', (t) => {
  const body = `<GetTile xmlns="http://www.opengis.net/wmts/1.0" service="WMTS" version="1.0.0">
    <Layer>Lakes</Layer><Style>default</Style><Format>image/png</Format>
    <TileMatrixSet>WebMercatorQuad</TileMatrixSet><TileMatrix>3</TileMatrix>
    <TileRow>2</TileRow><TileCol>1</TileCol></GetTile>`;
  t.like(wmts(posted(body)), { kind: 'GetTile', view: { layers: ['Lakes'], crs: 'EPSG:3857' } });
});

test('names and values are decoded once', (t) => {
  const pairs = new Map(posted('<GetMap><Layers>a &amp;amp; &#66;<![CDATA[&lt;]]></Layers></GetMap>'));
  t.is(pairs.get('LAYERS'), 'a &amp; B&lt;');
});

test('styles of the client’s own are refused', (t) => {
  const own = GET_MAP_111.replace(/<NamedStyle>.*?<\/NamedStyle>/, '<UserStyle><Name>x</Name></UserStyle>');
  t.is(exceptionOf(() => posted(own)).locator, 'SLD_BODY');
  const layer = '<UserLayer><RemoteOWS><Service>WFS</Service></RemoteOWS></UserLayer>';
  const remote = `<GetMap><StyledLayerDescriptor>${layer}</StyledLayerDescriptor></GetMap>`;
  t.is(exceptionOf(() => posted(remote)).locator, 'SLD_BODY');
});

const BOMB = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]>
  <GetMap><Layers>&lol2;</Layers></GetMap>`;

const HOSTILE: [name: string, body: string][] = [
  ['an entity bomb', BOMB],
  ['an external entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><GetMap>&x;</GetMap>'],
  ['a lower-case doctype', '<!doctype html><GetMap/>'],
  ['nothing', ''],
  ['no XML', 'REQUEST=GetMap'],
  ['JSON', '{"request":"GetMap"}'],
  ['two roots', '<GetMap/><GetMap/>'],
  ['an open tag', '<GetMap>'],
  ['deep nesting', `${'<a>'.repeat(5000)}${'</a>'.repeat(5000)}`],
  ['a huge document', `<GetMap><Layers>${'x'.repeat(limits.maxXmlLength)}</Layers></GetMap>`],
  ['a prototype', '<GetMap><__proto__>1</__proto__></GetMap>'],
  ['unclosed comments', '<!--'.repeat(50_000)],
  ['unclosed CDATA', `<a>${'<![CDATA['.repeat(20_000)}`],
];

for (const [name, body] of HOSTILE) {
  test(`hostile: ${name}`, (t) => {
    t.is(exceptionOf(() => posted(body)).code, 'NoApplicableCode');
  });
}

test('an entity that nobody defined stays as it is', (t) => {
  t.is(new Map(posted('<GetMap><Layers>&lol;</Layers></GetMap>')).get('LAYERS'), '&lol;');
});

test('whatever is posted, there are parameters or an OGC exception', (t) => {
  const alphabet = [
    '<',
    '>',
    '</',
    '/>',
    '=',
    '"',
    '&',
    ';',
    'GetMap',
    ' ',
    'a',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<?',
    '?>',
    '\n',
  ];
  const soup = fc.array(fc.constantFrom(...alphabet), { maxLength: 40 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(
      fc.oneof(
        soup,
        soup.map((text) => `<GetMap>${text}</GetMap>`),
        fc.string(),
      ),
      (body) => {
        try {
          t.true(posted(body).length > 0);
        } catch (error) {
          t.true(error instanceof OgcException, String(error));
        }
      },
    ),
    { numRuns: 3000 },
  );
});

test('a truncated request of any length is no crash', (t) => {
  for (let length = 0; length < GET_MAP_111.length; length++) {
    t.true(exceptionOf(() => posted(GET_MAP_111.slice(0, length))) instanceof OgcException);
  }
});
