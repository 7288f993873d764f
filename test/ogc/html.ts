import test from 'ava';
import { html } from '../../src/ogc/html.ts';

test('what is put in is text, unless it is HTML already', (t) => {
  const hostile = `<script>alert("1")</script>&'`;
  t.is(
    html`<a title="${hostile}">${hostile}</a>`.html,
    '<a title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;">&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;</a>',
  );
  t.is(
    html`<ul>${['a', '<'].map((each) => html`<li>${each}</li>`)}</ul>`.html,
    '<ul><li>a</li><li>&lt;</li></ul>',
  );
});

test('undefined and false are nothing, and zero is something', (t) => {
  t.is(html`(${undefined}${false}${0}${''})`.html, '(0)');
});
