import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unifiedDiff } from './unified-diff.js';

const pod = (image: string, command: readonly string[], name = 'c') => ({
  containers: [{ name, image, command, args: undefined }],
  nodeName: 'n',
});

const cases: readonly [string, unknown, unknown, string][] = [
  ['nothing', { a: 1, b: 2 }, { b: 2, a: 1 }, ''],
  ['a member', { a: 1 }, { a: 2 }, '@@ -1,3 +1,3 @@\n {\n- "a": 1\n+ "a": 2\n }\n'],
  ['all', {}, null, '@@ -1 +1 @@\n-{}\n+null\n'],
  [
    'an item, in its surroundings',
    pod('i', ['a']),
    pod('i', ['a', 'b']),
    `@@ -2,7 +2,8 @@
  "containers": [
   {
    "command": [
-    "a"
+    "a",
+    "b"
    ],
    "image": "i",
    "name": "c"
`,
  ],
  [
    'things far apart',
    pod('i', ['a', 'b', 'c', 'd', 'e', 'f', 'g'], 'c'),
    pod('i', ['x', 'b', 'c', 'd', 'e', 'f', 'g'], 'd'),
    `@@ -2,7 +2,7 @@
  "containers": [
   {
    "command": [
-    "a",
+    "x",
     "b",
     "c",
     "d",
@@ -11,7 +11,7 @@
     "g"
    ],
    "image": "i",
-   "name": "c"
+   "name": "d"
   }
  ],
  "nodeName": "n"
`,
  ],
];
for (const [name, before, now, wanted] of cases) {
  test(`what differs: ${name}`, () => assert.equal(unifiedDiff(before, now), wanted));
}

test('too much to be matched is told whole', () => {
  const many = (start: number) => Array.from({ length: 1_100 }, (_, index) => start + index);
  const lines = unifiedDiff(many(0), many(5_000)).split('\n');
  assert.equal(lines.filter((line) => line.startsWith('-')).length, 1_100);
  assert.equal(lines.filter((line) => line.startsWith('+')).length, 1_100);
});
