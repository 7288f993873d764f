import test from 'ava';
import fc from 'fast-check';
import { queryPairs } from '../../src/http/query-pairs.ts';

const asBrowsersDo = (query: string) => [...new URLSearchParams(query)];

for (const query of [
  '',
  '&&a=1&',
  'a',
  '?a=1&?b=2',
  'a=b=c&=d&a=',
  'BBOX=-10.5%2C37,20,57&SRS=EPSG%3a4326&STYLES=&FORMAT=image/png',
  'title=a+b%20c%2B&%61=%C3%A4',
  'a=%&b=%zz&c=%4',
  'a=%ff&b=%C3%28&c=%ED%A0%80',
]) {
  test(`read as URLSearchParams reads it: ${query}`, (t) => {
    t.deepEqual(queryPairs(query), asBrowsersDo(query));
  });
}

test('whatever a query holds, it is read as URLSearchParams reads it', (t) => {
  const letter = fc.constantFrom(...'?ab=&+%2Cf0ä,/:\ufeff');
  fc.assert(
    fc.property(fc.string({ unit: letter, maxLength: 40 }), (query) => {
      t.deepEqual(queryPairs(query), asBrowsersDo(query));
    }),
  );
});
