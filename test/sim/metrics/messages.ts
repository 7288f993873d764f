import test from 'ava';
import type { Delivery } from '../../../sim/fabric.ts';
import { Messages } from '../../../sim/metrics/messages.ts';

function counted(...labels: string[]): Messages {
  const messages = new Messages();
  for (const label of labels) messages.count({ label, bytes: 10 } as Delivery);
  return messages;
}

test('bids, releases, drawings and the opening of their streams are what requests cost', (t) => {
  const { requestMessages, gossipBytes } = counted(
    'call maps.bid',
    'answer maps.bid',
    'notice maps.release',
    'open /gismesh/maps/draw/1',
    'opened /gismesh/maps/draw/1',
    'message /gismesh/maps/draw/1',
    'stream',
    'call jobs.hold',
  );
  t.is(requestMessages, 6);
  t.is(gossipBytes, 0);
});

test('to know each other, and what the others have to draw, is no cost of a request', (t) => {
  const { requestMessages, gossipBytes } = counted(
    'gossip membership',
    'call membership.ping',
    'call maps.describe',
    'answer maps.describe',
  );
  t.is(requestMessages, 0);
  t.is(gossipBytes, 40);
});
