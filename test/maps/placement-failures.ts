import test from 'ava';
import { GismeshError } from '../../src/core/errors.ts';
import { PlacementFailures } from '../../src/maps/placement-failures.ts';

const crash = new GismeshError('ENGINE_CRASHED', 'The worker died (signal SIGKILL).');
const candidates = [{ peer: 'a' }, { peer: 'b' }];

test('a peer at which a drawing failed is not asked again, one that was busy is', (t) => {
  const failures = new PlacementFailures();
  failures.add('a', new GismeshError('RENDER_FAILED', 'no such font'));
  failures.add('b', new GismeshError('BUSY', 'full'));
  t.deepEqual(failures.remaining(candidates), [{ peer: 'b' }]);
  t.is(failures.counted, 1);
});

test('where a worker died once is asked again when nobody else is left, but not a third time', (t) => {
  const failures = new PlacementFailures();
  failures.add('a', crash);
  t.deepEqual(failures.remaining(candidates), [{ peer: 'b' }]);
  failures.add('b', new GismeshError('RENDER_FAILED', 'no such font'));
  t.deepEqual(failures.remaining(candidates), [{ peer: 'a' }]);
  failures.add('a', crash);
  t.deepEqual(failures.remaining(candidates), []);
  t.is(failures.counted, 3);
});

test('when everyone declined, the client is told so, and not of peers that could not draw it', (t) => {
  const failures = new PlacementFailures();
  failures.refused('all 2 peers declined or did not answer');
  const error = failures.asError({ projectHash: 'a'.repeat(64) } as never);
  t.is(error.code, 'BUSY');
  t.is(error.message, 'all 2 peers declined or did not answer');
});
