import assert from 'node:assert/strict';
import {
  canonicalQuantity,
  compareQuantities,
  compileGoRegexp,
  fieldSelectorText,
  matchesRequirements,
  parseFieldSelector,
  parseGoDuration,
  parseLabelSelector,
  parseTime,
  SelectorError,
  StatusError,
} from '@flotilla/api';
import { pick, type Random } from '@flotilla/base';
import { CelCostError } from '../../cel/cost.js';
import { adapt } from '../../cel/json-values.js';
import { compile } from '../../cel/program.js';
import { CelCompileError } from '../../cel/source.js';
import { celTypes } from '../../cel/types.js';
import { CelError } from '../../cel/values.js';
import { negotiate } from '../../http/negotiation.js';
import { parseRequestInfo } from '../../http/request-info.js';
import { parseContinue } from '../../registry/continue-token.js';
import { parseRevision } from '../../registry/resource-version.js';
import type { Target } from './fuzz.js';
import { hostileJson, hostileText, mutate } from './hostile.js';
import { deploymentSample } from './samples.js';

const refusedByStatus = (error: unknown) => error instanceof StatusError && error.code < 500;
const refusedBySelector = (error: unknown) => error instanceof SelectorError || refusedByStatus(error);
const refusedBy = (text: RegExp) => (error: unknown) => error instanceof Error && text.test(error.message);

function textTarget(name: string, words: readonly string[], decode: (text: string) => unknown, refuses: Target['refuses']) {
  const input = (random: Random) => (random.next() < 0.5 ? hostileText(random, words) : mutate(pick(random, words), random));
  return { name, input, decode, refuses } satisfies Target<string>;
}

const numbers = [
  '1',
  '0.5',
  '-0',
  '1e3',
  '1E1000000000',
  '100m',
  '1Ki',
  '9223372036854775807',
  '9'.repeat(5_000),
  '.',
  '+',
  '1e-9999',
  'Ei',
];
const selectors = [
  'a=b',
  'a in (b,c)',
  'x notin (y)',
  '!a',
  'a,',
  'a>1',
  'a<9223372036854775808',
  '__proto__=x',
  ' exists',
  '(',
  ')',
  ',',
];
const expressions = [
  'self.spec.replicas <= 5',
  'self.spec.template.spec.containers.all(c, c.image.matches("^a+$"))',
  '"a".matches("x{1000}x{1000}")',
  '[1,2,3].map(x, [1,2,3].map(y, x * y)).size() > 3',
  'self.__proto__',
  'has(self.constructor)',
  '9223372036854775807 + 1',
  '1u - 2u',
  '1 / 0',
  'timestamp("9999-12-31T23:59:59Z") + duration("1h")',
  'quantity("1e1000000000").isGreaterThan(quantity("1"))',
  '"%s".format([self])',
  '"ab".replace("", "x".replace("x", "yyyyyyyyyyyy"), 1000000)',
  '"a".substring(-1)',
  'url("http://[::1").getHost()',
  'ip("1.2.3.4").family() == 4',
  'self.?a.?b.orValue(1)',
  '{"a":1}["b"]',
  'self["metadata"]["labels"]["a"] == r"b"',
  'b"\\xff" == b"\\377"',
  'type(self) == map',
  'true ? 1 : "a"',
  '-(-9223372036854775808)',
  '((((((((((((1))))))))))))',
];
const dyn = new Map([['self', celTypes.dyn]]);
const self = () => adapt(deploymentSample, celTypes.dyn);

export const textTargets: readonly Target<string>[] = [
  textTarget(
    'label selector',
    selectors,
    (text) => matchesRequirements(parseLabelSelector(text), deploymentSample.metadata.labels),
    refusedBySelector,
  ),
  textTarget(
    'field selector',
    ['metadata.name=x', 'a!=b', 'a==b', 'x=\\,', 'x=\\=', ','],
    (text) => {
      const parsed = parseFieldSelector(text);
      assert.deepEqual(parseFieldSelector(fieldSelectorText(parsed)), parsed);
    },
    refusedBySelector,
  ),
  textTarget(
    'quantity',
    numbers,
    (text) => {
      const canonical = canonicalQuantity(text);
      assert.equal(compareQuantities(canonical, text), 0);
      assert.equal(canonicalQuantity(canonical), canonical);
    },
    refusedBy(/^(quantities must match|unable to parse quantity)/),
  ),
  textTarget('duration', ['1h', '1.5m', '-1ns', '99999999h', ...numbers], parseGoDuration, refusedBy(/^time: /)),
  textTarget('time', ['2024-01-01T00:00:00Z', '2024-02-30T00:00:00.123456789+14:00', ...numbers], parseTime, () => false),
  {
    name: 'continue token',
    input(random) {
      const token = mutate('{"v":"meta.k8s.io/v1","rv":5,"start":"default/x"}', random);
      return random.next() < 0.9 ? Buffer.from(token).toString('base64url') : hostileText(random);
    },
    decode(token) {
      const { startKey } = parseContinue('/registry/pods/a/', token);
      assert.ok(startKey.startsWith('/registry/pods/a/') && !startKey.includes('/../'), startKey);
    },
    refuses: refusedByStatus,
  },
  textTarget('resource version', numbers, parseRevision, refusedByStatus),
  textTarget(
    'Accept',
    ['application/json', ';as=Table', ';v=v1', ';g=meta.k8s.io', ',', '*/*', ';q=0.5', ';q=NaN', ';__proto__=x'],
    negotiate,
    refusedByStatus,
  ),
  textTarget(
    'path',
    [
      '/api/v1/namespaces/a/pods/b',
      '/apis',
      '/..',
      '//',
      '/%2e%2e',
      '/watch',
      '/proxy',
      '/namespaces/',
      '?',
      '/.',
      '%2f',
      '%00',
      '%',
    ],
    (text) => parseRequestInfo('GET', decodeURIComponent(text), new URLSearchParams(text)),
    (error) => error instanceof URIError,
  ),
  textTarget(
    'regular expression',
    ['(a+)+', 'x{1000}', '[[:alpha:]]', '\\pL', '(?i)', '(?P<n>x)', '|', '\\Q', '\\E', '[^]', '{1,}', '$', '()*', '\\x{10FFFF}'],
    (text) => compileGoRegexp(text).test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'),
    refusedBy(/^error parsing regexp: /),
  ),
  textTarget(
    'CEL',
    expressions,
    (text) => {
      const program = compile(text, dyn);
      if (!(program.estimatedCost(() => undefined) >= 0)) throw new RangeError('a cost is a number');
      program.evaluate(self);
    },
    (error) => error instanceof CelCompileError || error instanceof CelError || error instanceof CelCostError,
  ),
  {
    name: 'JSON as CEL values',
    input: (random) => `${hostileJson(random)}\n${pick(random, expressions)}`,
    decode(text) {
      const [json = '', expression = ''] = text.split('\n');
      compile(expression, dyn).evaluate(() => adapt(JSON.parse(json), celTypes.dyn));
    },
    refuses: (error) => error instanceof CelError || error instanceof CelCostError || error instanceof CelCompileError,
  },
];
