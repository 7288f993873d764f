import test from 'ava';
import { outputAddressOf } from '../../../src/ogc/processes/output-address.ts';

const ARTIFACT = `1220${'ab'.repeat(32)}`;

test('addresses of outputs and artifacts are known, whichever host and path they begin with', (t) => {
  t.deepEqual(outputAddressOf('http://räum-7:8080/jobs/a1-b2/outputs/out%20put'), {
    kind: 'job',
    job: 'a1-b2',
    output: 'out put',
  });
  t.deepEqual(outputAddressOf(`https://gis.school/mesh/artifacts/${ARTIFACT}/dem.tif?x=1`), {
    kind: 'artifact',
    artifact: ARTIFACT,
    mediaType: 'image/tiff; application=geotiff',
  });
  t.like(outputAddressOf(`http://[::1]/artifacts/${ARTIFACT}/dem`), { mediaType: '' });
});

test('everything else is an address of the web', (t) => {
  for (const href of [
    'http://example.org/jobs/a/outputs',
    'http://example.org/jobs/a/outputs/b/c',
    'http://example.org/jobs/a/outputs/%ff',
    `http://example.org/artifacts/${ARTIFACT.slice(1)}/x`,
    `ftp://example.org/artifacts/${ARTIFACT}/x`,
    'nonsense',
  ]) {
    t.is(outputAddressOf(href), undefined, href);
  }
});
