import test from 'ava';
import { LogBook } from '../../src/jobs/log-book.ts';

const line = (epoch: number, at: number, text = `${epoch}/${at}`) => ({ epoch, at, text });
const texts = (lines: readonly { text: string }[]) => lines.map(({ text }) => text);

test('a copy takes the place of what is known of its attempt, and of no other', (t) => {
  const book = new LogBook({ logJobs: 5, logLines: 4 });
  book.add('a', line(2, 20));
  book.replace('a', 1, [line(1, 10), line(1, 11)]);
  book.replace('a', 1, [line(1, 11), line(1, 12)]);
  t.deepEqual(texts(book.of('a')), ['1/11', '1/12', '2/20']);
  book.replace('a', 3, [line(3, 30), line(3, 31)]);
  t.deepEqual(texts(book.of('a')), ['1/12', '2/20', '3/30', '3/31']);
});

test('the tail is what fits, of one attempt or of all', (t) => {
  const book = new LogBook({ logJobs: 5, logLines: 10 });
  for (const [epoch, text] of [
    [1, 'aaaa'],
    [1, 'bbbb'],
    [2, 'cccc'],
  ] as const)
    book.add('a', line(epoch, 0, text));
  t.deepEqual(texts(book.tail('a', 8)), ['bbbb', 'cccc']);
  t.deepEqual(texts(book.tail('a', 7)), ['cccc']);
  t.deepEqual(texts(book.tail('a', 100, 1)), ['aaaa', 'bbbb']);
  t.deepEqual(book.tail('nobody', 100), []);
});

test('the job that was silent for longest is forgotten', (t) => {
  const book = new LogBook({ logJobs: 2, logLines: 10 });
  for (const job of ['a', 'b', 'a', 'c']) book.add(job, line(1, 1));
  t.deepEqual([book.of('a').length, book.of('b').length, book.of('c').length], [2, 0, 1]);
  book.replace('d', 1, [line(1, 1)]);
  t.deepEqual([book.of('a').length, book.of('d').length], [0, 1]);
});
