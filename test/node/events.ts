import test from 'ava';
import type { NodeEvent } from '../../src/http/node-event.ts';
import { NodeEvents } from '../../src/node/events.ts';

const event: NodeEvent = { event: 'project', id: 'world', change: 'added' };

test('everybody who listens hears, until they leave', (t) => {
  const events = new NodeEvents();
  t.false(events.hasListeners);
  const heard: string[] = [];
  const removeOne = events.on(() => heard.push('one'));
  events.on(() => heard.push('two'));
  events.emit(event);
  removeOne();
  removeOne();
  events.emit(event);
  t.deepEqual(heard, ['one', 'two', 'two']);
  t.true(events.hasListeners);
});

test('a listener that fails keeps nothing from the others', (t) => {
  const events = new NodeEvents();
  const heard: NodeEvent[] = [];
  events.on(() => {
    throw new Error('broken');
  });
  events.on((each) => heard.push(each));
  t.notThrows(() => events.emit(event));
  t.deepEqual(heard, [event]);
});
