import test from 'ava';
import fc from 'fast-check';
import { KeptDocuments } from '../../src/http/kept-documents.ts';

test('a document is written once for a list and a form, and anew for another list', (t) => {
  const kept = new KeptDocuments<string>();
  const list = [1];
  let written = 0;
  const write = (text: string) => () => {
    written += 1;
    return text;
  };
  t.is(kept.of(list, 'a', write('one')), 'one');
  t.is(kept.of(list, 'a', write('two')), 'one');
  t.is(kept.of(list, 'b', write('three')), 'three');
  t.is(kept.of([1], 'a', write('four')), 'four');
  t.is(written, 3);
});

test('whatever is asked for, the answer is what would be written now, and few forms are kept', (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2), fc.nat(40)), { maxLength: 200 }), (asked) => {
      const kept = new KeptDocuments<string>();
      const lists = [[0], [1], [2]];
      for (const [list, form] of asked) {
        const expected = `${list} ${form}`;
        t.is(
          kept.of(lists[list]!, String(form), () => expected),
          expected,
        );
      }
    }),
  );
});
