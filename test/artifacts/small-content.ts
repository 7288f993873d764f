import test from 'ava';
import fc from 'fast-check';
import { isArtifactId } from '../../src/artifacts/manifest.ts';
import { smallContent, smallContentId } from '../../src/artifacts/small-content.ts';
import { JOB_LIMITS } from '../../src/core/jobs/job-status.ts';

test('content of up to 256 bytes is its own id, which a status has room for', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 256 }), (content) => {
      const id = smallContentId(content) ?? '';
      t.true(id.length <= JOB_LIMITS.artifact);
      t.false(isArtifactId(id));
      t.deepEqual(smallContent(id), content);
    }),
  );
  t.is(smallContentId(new Uint8Array(257)), undefined);
  t.is(smallContentId(Buffer.from('hello')), '000568656c6c6f');
});

test('what is no such id has no content', (t) => {
  const tooLong = `008102${'00'.repeat(257)}`;
  const padded = '00850068656c6c6f';
  for (const id of [
    '',
    '00',
    '0005',
    '000568656c6c',
    '000568656C6C6F',
    '0005zz',
    `1220${'0'.repeat(64)}`,
    tooLong,
    padded,
  ]) {
    t.is(smallContent(id), undefined, id);
  }
});
