import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { base64OfText } from './base64.js';
import { goDurationText, parseGoDuration } from './go-duration.js';
import { compileGoRegexp } from './go-regexp.js';
import { isPercent, scaledValue } from './int-or-string.js';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  parseQuantity,
  quantityMilliValue,
  quantityText,
  quantityValue,
} from './quantity.js';
import { microTimeText, parseTime, timeText } from './time.js';
import { utf8 } from './utf8.js';

const canonical: readonly [string | number, string][] = [
  ['0', '0'],
  ['0.0', '0'],
  ['-0', '0'],
  ['1', '1'],
  [2, '2'],
  [0.5, '500m'],
  ['0.1', '100m'],
  ['1.5', '1500m'],
  ['1000m', '1'],
  ['1000', '1k'],
  ['1024', '1024'],
  ['1Ki', '1Ki'],
  ['1024Ki', '1Mi'],
  ['1.5Gi', '1536Mi'],
  ['0.5Mi', '512Ki'],
  ['512', '512'],
  ['100Mi', '100Mi'],
  ['1e3', '1e3'],
  ['1E3', '1e3'],
  ['12e6', '12e6'],
  ['1E', '1E'],
  ['.5', '500m'],
  ['5.', '5'],
  ['+1', '1'],
  ['-1.5', '-1500m'],
  ['1n', '1n'],
  ['0.1n', '1n'],
  ['100000000000000000000000', '9223372036854775807'],
  ['1000000000000', '1T'],
  ['517E', '517E'],
  ['271618Ei', '9223372036854775807'],
];

for (const [text, wanted] of canonical) {
  test(`quantity ${text} is ${wanted}`, () => assert.equal(canonicalQuantity(text), wanted));
}

for (const bad of ['', 'a', '1.2.3', '1mm', '1 Mi', '1KB', '--1', '1e', '1e+', 'Mi', '.', '0x10', 'NaN', 'Infinity']) {
  test(`quantity ${JSON.stringify(bad)} is refused`, () => {
    assert.throws(() => parseQuantity(bad), RangeError);
  });
}

test('quantities survive being printed, compare as numbers do, and add up', () => {
  const amount = fc.tuple(
    fc.bigInt(-(10n ** 21n), 10n ** 21n),
    fc.constantFrom('DecimalSI' as const, 'BinarySI' as const, 'DecimalExponent' as const),
  );
  fc.assert(
    fc.property(amount, amount, ([a, format], [b, other]) => {
      const [x, y] = [quantityText({ nano: a, format }), quantityText({ nano: b, format: other })];
      assert.equal(parseQuantity(x).nano, a);
      assert.equal(canonicalQuantity(x), x);
      assert.equal(compareQuantities(x, y), a < b ? -1 : a > b ? 1 : 0);
      assert.equal(parseQuantity(addQuantities([x, y])).nano, a + b);
    }),
  );
});

test('quantities as whole units and thousandths, rounded up', () => {
  assert.equal(quantityValue('1Ki'), 1024);
  assert.equal(quantityValue('1500m'), 2);
  assert.equal(quantityMilliValue('0.1'), 100);
  assert.equal(quantityMilliValue('1u'), 1);
  assert.equal(quantityMilliValue('2'), 2000);
});

const scaled: readonly [number | string, number, 'up' | 'down', number][] = [
  [3, 10, 'up', 3],
  ['25%', 3, 'up', 1],
  ['25%', 3, 'down', 0],
  ['50%', 5, 'up', 3],
  ['50%', 5, 'down', 2],
  ['100%', 7, 'down', 7],
  ['0%', 7, 'up', 0],
];

for (const [value, total, round, wanted] of scaled) {
  test(`${value} of ${total}, rounded ${round}, is ${wanted}`, () => assert.equal(scaledValue(value, total, round), wanted));
}

test('text that is no percentage cannot be scaled', () => {
  assert.throws(() => scaledValue('3', 10, 'up'), /string is not a percentage/);
  assert.deepEqual(['25%', '3', 3, '-1%'].map(isPercent), [true, false, false, false]);
});

const durations: readonly [string, number, string][] = [
  ['0', 0, '0s'],
  ['15s', 15_000, '15s'],
  ['1m30s', 90_000, '1m30s'],
  ['1.5h', 5_400_000, '1h30m0s'],
  ['1h0m0.5s', 3_600_500, '1h0m0.5s'],
  ['300ms', 300, '300ms'],
  ['-2s', -2_000, '-2s'],
  ['1us', 0.001, '1µs'],
  ['.5s', 500, '500ms'],
  ['+5s', 5_000, '5s'],
];

for (const [text, wantedMs, wantedText] of durations) {
  test(`duration ${text}`, () => {
    assert.equal(parseGoDuration(text), wantedMs);
    assert.equal(goDurationText(wantedMs), wantedText);
  });
}

for (const [bad, message] of [
  ['', /invalid duration ""/],
  ['5', /missing unit in duration "5"/],
  ['5x', /unknown unit "x" in duration "5x"/],
  ['s', /invalid duration/],
  ['1h-5m', /unknown unit "h-"/],
] as const) {
  test(`duration ${JSON.stringify(bad)} is refused`, () => assert.throws(() => parseGoDuration(bad), message));
}

test('times are written in UTC, to the second or the microsecond', () => {
  const wallMs = Date.UTC(2024, 1, 29, 12, 30, 15, 987);
  assert.equal(timeText(wallMs), '2024-02-29T12:30:15Z');
  assert.equal(microTimeText(wallMs), '2024-02-29T12:30:15.987000Z');
  assert.equal(parseTime('2024-02-29T13:30:15.987654+01:00'), wallMs);
  for (const bad of [
    '',
    '2024-02-30T00:00:00Z',
    '2024-13-01T00:00:00Z',
    '2024-01-01',
    '2024-01-01 00:00:00Z',
    '2024-01-01T24:00:00Z',
    'now',
  ]) {
    assert.equal(parseTime(bad), undefined, bad);
  }
});

test('UTF-8 and base64 are what Node.js makes of the same text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.deepEqual(utf8(text), new Uint8Array(Buffer.from(text, 'utf8')));
      assert.equal(base64OfText(text), Buffer.from(text, 'utf8').toString('base64'));
    }),
  );
  assert.deepEqual([...utf8('\ud800')], [0xef, 0xbf, 0xbd]);
});

test('a regular expression that would take minutes to compile is refused, and others are not', () => {
  for (const pattern of [
    'x{1000}'.repeat(1_000),
    '((ab){900}){900}',
    '\\Q[\\Ex{1000}'.repeat(100),
    '[]{}]{0,1000}'.repeat(100),
  ]) {
    assert.throws(() => compileGoRegexp(pattern), /error parsing regexp: /, pattern.slice(0, 20));
  }
  assert.ok(compileGoRegexp('^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\\.){1,8}[]{}]{2,3}$').test('a.b.]{'));
  assert.ok(compileGoRegexp('(?i)^(a|b){1,1000}$').test('AbAb'));
});
