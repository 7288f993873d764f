import test from 'ava';
import { printable, table } from '../../src/cli/table.ts';

test('columns are as wide as their widest cell', (t) => {
  t.is(
    table(
      ['A', 'LONG'],
      [
        ['wide cell', 'x'],
        ['y', ''],
      ],
    ),
    'A          LONG\nwide cell  x\ny',
  );
});

test('text of other machines cannot steer the terminal', (t) => {
  t.is(printable('\u001b[31mred\u001b[0m\r\nnext\u0007'), 'red next ');
});
