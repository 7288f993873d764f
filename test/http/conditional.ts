import test from 'ava';
import fc from 'fast-check';
import { ifNoneMatch } from '../../src/http/conditional.ts';

const matching = ['"a"', 'W/"a"', '*', ' * ', '"b", "a"', '"b",W/"a" , "c"', '"x,y", "a"'];
const different = ['"b"', '', 'a', '"A"', '"a', 'a"', '"ab"', '"b", "c"', '"x"a"', 'W/a', '"b" "a"'];

for (const header of matching) {
  test(`${JSON.stringify(header)} names the tag "a", strong or weak`, (t) => {
    t.true(ifNoneMatch(header, '"a"'));
    t.true(ifNoneMatch(header, 'W/"a"'));
  });
}

for (const header of different) {
  test(`${JSON.stringify(header)} does not name the tag "a"`, (t) => {
    t.false(ifNoneMatch(header, '"a"'));
  });
}

test('a tag is found wherever it stands in a list', (t) => {
  const tag = fc.stringMatching(/^[!#-~]{1,8}$/).map((text) => `"${text}"`);
  fc.assert(
    fc.property(fc.array(tag), tag, fc.array(tag), (before, wanted, after) => {
      t.true(ifNoneMatch([...before, wanted, ...after].join(', '), wanted));
    }),
  );
  t.pass();
});
