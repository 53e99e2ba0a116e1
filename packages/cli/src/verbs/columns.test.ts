import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderColumns } from './columns.js';
import { shellQuote } from './env/index.js';

test('columns are as wide as their widest cell', () => {
  assert.equal(
    renderColumns([
      { NAME: 'a', STATUS: 'Running', AGE: '' },
      { NAME: 'longer', STATUS: 'x', AGE: '5s' },
    ]),
    'NAME     STATUS    AGE\na        Running\nlonger   x         5s',
  );
});

test('a value is one word for the shell', () => {
  assert.equal(shellQuote('/tmp/a-b.c'), '/tmp/a-b.c');
  assert.equal(shellQuote("it's $HOME"), `'it'\\''s $HOME'`);
});
