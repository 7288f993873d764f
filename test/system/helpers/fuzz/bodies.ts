import type { Dice } from './dice.ts';
import { nasty, oddBBox } from './values.ts';

/** A GetMap of SLD 1.1, as clients post it. */
function getMapXml(bbox: string, layer: string): string {
  const [minX = '', minY = '', maxX = '', maxY = ''] = bbox.split(',');
  return `<?xml version="1.0" encoding="UTF-8"?>
<sld:GetMap xmlns:sld="http://www.opengis.net/sld" xmlns:ows="http://www.opengis.net/ows" service="WMS" version="1.3.0">
  <StyledLayerDescriptor version="1.1.0"><NamedLayer><Name>${layer}</Name></NamedLayer></StyledLayerDescriptor>
  <CRS>EPSG:3857</CRS>
  <BoundingBox crs="EPSG:3857">
    <ows:LowerCorner>${minX} ${minY}</ows:LowerCorner><ows:UpperCorner>${maxX} ${maxY}</ows:UpperCorner>
  </BoundingBox>
  <Output><Size><Width>16</Width><Height>16</Height></Size><Format>image/png</Format></Output>
</sld:GetMap>`;
}

const GOOD = getMapXml('-1000000,4000000,2000000,7000000', 'countries');

/** Entities that grow when they are resolved, a thousand million times. */
function entityBomb(): string {
  const entities = Array.from({ length: 9 }, (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`);
  return `<!DOCTYPE GetMap [<!ENTITY e0 "lol">${entities.join('')}]><GetMap>&e9;</GetMap>`;
}

const BODIES: ReadonlyArray<(dice: Dice) => string> = [
  (dice) => dice.mangle(GOOD, dice.int(1, 10)),
  (dice) => dice.mangle(GOOD, dice.int(1, 3)),
  (dice) => getMapXml(oddBBox(dice), 'countries'),
  (dice) => getMapXml('0,0,1,1', escapeXml(nasty(dice))),
  entityBomb,
  () => '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><GetMap service="WMS"><CRS>&x;</CRS></GetMap>',
  () => '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/evil.dtd"><GetCapabilities service="WMS"/>',
  () => '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p">%p;]><GetCapabilities/>',
  (dice) => '<a>'.repeat(dice.pick([31, 33, 1_000, 60_000])),
  (dice) => `${'<a>'.repeat(dice.pick([40, 20_000]))}x${'</a>'.repeat(40)}`,
  (dice) => `<GetMap ${Array.from({ length: dice.pick([10, 5_000]) }, (_, i) => `a${i}="${i}"`).join(' ')}/>`,
  (dice) => `<GetMap>${'<a/>'.repeat(dice.pick([10, 50_000]))}</GetMap>`,
  (dice) => `<GetMap service="WMS"><CRS>${'x'.repeat(dice.pick([100, 200_000]))}</CRS></GetMap>`,
  () => `<GetMap>${'<!-- -->'.repeat(10_000)}${'<![CDATA['}`,
  (dice) => `<?${nasty(dice)}?><GetMap>${nasty(dice)}</GetMap>`,
  () => '\ufeff<GetCapabilities xmlns="http://www.opengis.net/wms" service="WMS"/>',
  () => '<__proto__ service="WMS"><constructor>1</constructor></__proto__>',
  () => '<GetFeatureInfo><GetMap><GetMap><GetMap/></GetMap></GetMap></GetFeatureInfo>',
  () => '<GetMap>&#0;&#xFFFFFFFF;&#xD800;&amp;&nix;</GetMap>',
  (dice) => `{"${nasty(dice)}": [[[[${'['.repeat(dice.int(0, 5_000))}`,
  (dice) => nasty(dice),
];

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

const TYPES: readonly string[] = [
  'text/xml',
  'application/xml',
  'application/vnd.ogc.sld+xml; charset=utf-8',
  'text/xml; charset=utf-16',
  'text/xml; charset=nix',
  'application/x-www-form-urlencoded',
  'application/json',
  'multipart/form-data; boundary=x',
  'image/png',
  '',
];

export function oddBody(dice: Dice): { contentType: string; body: Buffer } {
  const text = dice.pick(BODIES)(dice);
  const contentType = dice.chance(0.7) ? 'text/xml' : dice.pick(TYPES);
  return { contentType, body: Buffer.from(text, dice.chance(0.05) ? 'utf16le' : 'utf8') };
}
