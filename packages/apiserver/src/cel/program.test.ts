import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LazyObject } from './collections.js';
import { CelCostError, CostBudget, matchConditionsCostBudget, runtimeCostBudget } from './cost.js';
import { equalValues } from './equality.js';
import { adapt } from './json-values.js';
import { compile } from './program.js';
import { CelCompileError } from './source.js';
import { type CelType, celTypes, listOf, mapOf, objectType, typeText } from './types.js';
import { CelError } from './values.js';

const item = objectType('Item', { name: celTypes.string, port: celTypes.int });
const self = objectType('Self', {
  replicas: celTypes.int,
  ratio: celTypes.double,
  name: celTypes.string,
  created: celTypes.timestamp,
  timeout: celTypes.duration,
  tags: mapOf(celTypes.string, celTypes.string),
  items: listOf(item),
  set: listOf(celTypes.string, { by: 'value' }),
  keyed: listOf(item, { by: 'keys', keys: ['name'] }),
});
const variables = new Map<string, CelType>([
  ['self', self],
  ['object', celTypes.dyn],
  ['authorizer.requestResource', celTypes.string],
]);
const json = {
  replicas: 3,
  ratio: 1,
  name: 'web',
  created: '2024-02-29T12:00:00Z',
  timeout: '1h30m',
  tags: { a: '1', b: '2' },
  items: [
    { name: 'x', port: 80 },
    { name: 'y', port: 443 },
  ],
  set: ['a', 'b'],
  keyed: [{ name: 'x', port: 1 }],
};
const activation = (name: string) =>
  name === 'authorizer.requestResource' ? 'qualified' : adapt(json, name === 'self' ? self : celTypes.dyn);

/** Whether the expression's value equals that of the second; or the message of its error. */
function outcome(source: string): unknown {
  try {
    return compile(source, variables).evaluate(activation);
  } catch (error) {
    if (error instanceof CelError || error instanceof CelCompileError || error instanceof CelCostError) return error.message;
    throw error;
  }
}

describe('expressions that are true', () => {
  const expressions = [
    'self.replicas <= 5 && self.name != ""',
    '1 + 2 * 3 == 7 && (1 + 2) * 3 == 9 && 7 % 4 == 3 && -7 / 2 == -3 && -(3) == -3',
    'dyn(1) == 1.0 && dyn(1u) == 1 && 2 > 1.5 && 1u < 2 && dyn(1) != "1"',
    'object.replicas == 3 && object.replicas == 3.0 && object.ratio == 1',
    'self.ratio / 2.0 == 0.5',
    "'a' in ['a', 'b'] && 'a' in self.tags && !('c' in self.tags)",
    'self.items.all(i, i.port > 0) && self.items.exists(i, i.name == "y") && self.items.exists_one(i, i.port == 80)',
    'self.items.map(i, i.port) == [80, 443] && self.items.map(i, i.port > 100, i.name) == ["y"]',
    'self.items.filter(i, i.port < 100)[0].name == "x" && self.tags.filter(k, k == "a") == ["a"]',
    'self.items.all(i, v, i < 2 && v.port > 0) && self.tags.existsOne(k, v, v == "2") && self.tags.exists(k, v, k == "b" && v == "2")',
    'self.tags.transformMap(k, v, v + k) == {"a": "1a", "b": "2b"} && self.tags.transformList(k, v, k != "a", k + v) == ["b2"]',
    'self.tags.transformMapEntry(k, v, {v: k}) == {"1": "a", "2": "b"}',
    'has(self.name) && !has(object.nothing) && has(object.tags.a) && !has(self.tags.z)',
    '1 / 0 == 1 || true',
    '!(false && 1 / 0 == 1)',
    '[1, 0].exists(x, 1 / x == 1) && ![1, 0].all(x, 2 / x == 1)',
    'self.?name.orValue("none") == "web" && object.?nothing.?deep.orValue(7) == 7 && object[?"name"].hasValue()',
    'optional.of(1).optMap(x, x + 1) == optional.of(2) && optional.none().optFlatMap(x, optional.of(x)) == optional.none()',
    '[1, ?optional.none(), ?optional.of(3)] == [1, 3] && {?"a": optional.none()} == {} && optional.ofNonZeroValue("") == optional.none()',
    'self.created.getDayOfYear() == 59 && self.created.getHours("Europe/Berlin") == 13 && self.created.getHours("-02:30") == 9',
    'self.created + self.timeout == timestamp("2024-02-29T13:30:00Z") && self.timeout.getMinutes() == 90',
    'string(self.timeout) == "5400s" && string(self.created) == "2024-02-29T12:00:00Z" && duration("1.5s") > duration("1s")',
    'self.set + ["b", "c"] == ["c", "b", "a"] && self.set == ["b", "a"]',
    '(self.keyed + self.items).size() == 2 && (self.keyed + self.items)[0].port == 80',
    'type(1) == int && type("") == string && type(self.created) == google.protobuf.Timestamp && type([]) == list && type(int) == type',
    'int("12") == 12 && double("1.5") == 1.5 && string(1.5) == "1.5" && string(1e21) == "1e+21" && uint(3) == 3u && bool("true")',
    `"\\u00e9\\x41\\101\\n" == 'éAA' + "\\n" && r"\\n".size() == 2 && b"\\xff".size() == 1 && '''a"b''' == "a\\"b"`,
    '"😀".size() == 1 && bytes("é").size() == 2 && string(b"abc") == "abc"',
    'authorizer.requestResource == "qualified" // a comment',
    '0x1F == 31 && 1.5e3 == 1500.0 && -9223372036854775808 < 0 && !!true && .5 == 0.5',
    'self.items.map(self, self.port)[0] == 80',
    '{1: "a"}[1] == "a" && {"a": {"b": [1]}}.a.b[0] == 1 && {true: 1}[true] == 1',
    '[[1, 2], [3]].map(l, l.map(x, x * 2)) == [[2, 4], [6]]',
  ];
  for (const source of expressions) test(source, () => assert.equal(outcome(source), true));
});

describe('evaluations without a value', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['object.nothing', 'no such key: nothing'],
    ['object.items[7]', 'index out of bounds: 7'],
    ['object.tags["z"]', 'no such key: z'],
    ['object.name.first', 'no such key: first'],
    ['1 / 0', 'division by zero'],
    ['1 % 0', 'modulus by zero'],
    ['9223372036854775807 + 1', 'integer overflow'],
    ['1u - 2u', 'unsigned integer overflow'],
    ['object.name + object.replicas', 'no such overload'],
    ['object.replicas && true', 'no such overload'],
    ['{"a": 1, "a": 2}', 'insert failed: key a already exists'],
    ['optional.none().value()', 'optional.none() dereference'],
    ['int("x")', "type conversion error from 'string' to 'int'"],
    ['timestamp(object.name)', 'parsing time "web" as "2006-01-02T15:04:05Z07:00": cannot parse'],
    ['duration(object.name)', 'time: invalid duration "web"'],
    ['"a".matches(object.name + "(")', 'Illegal regex: error parsing regexp: missing closing ): `web(`'],
    ['lists.range(100000).all(x, lists.range(100000).all(y, y >= 0))', 'operation cancelled: actual cost limit exceeded'],
  ];
  for (const [source, message] of cases) test(source, () => assert.equal(outcome(source), message));
});

describe('expressions that do not compile', () => {
  const start =
    "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['self.nothing', ["1:5: undefined field 'nothing'", 'self.nothing', '....^']],
    ['nothing', ["1:1: undeclared reference to 'nothing' (in container '')", 'nothing', '^']],
    ['f(1)', ["1:2: undeclared reference to 'f' (in container '')", 'f(1)', '.^']],
    ['self.name + 1', ["1:11: found no matching overload for '_+_' applied to '(string, int)'", 'self.name + 1', '..........^']],
    [
      'self.name.startsWith(1)',
      [
        "1:21: found no matching overload for 'startsWith' applied to 'string.(int)'",
        'self.name.startsWith(1)',
        '....................^',
      ],
    ],
    [
      'self.name == 1',
      ["1:11: found no matching overload for '_==_' applied to '(string, int)'", 'self.name == 1', '..........^'],
    ],
    [
      'self.replicas.all(x, true)',
      [
        "1:5: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)",
        'self.replicas.all(x, true)',
        '....^',
      ],
    ],
    [
      'self.items.all(x, x.port)',
      ["1:15: found no matching overload for '_&&_' applied to '(bool, int)'", 'self.items.all(x, x.port)', '..............^'],
    ],
    ['self.name.x', ["1:10: type 'string' does not support field selection", 'self.name.x', '.........^']],
    ['[1, "a"]', ["1:5: expected type 'int' but found 'string'", '[1, "a"]', '....^']],
    ['true &&', [`1:8: Syntax error: mismatched input '<EOF>' expecting ${start}`, 'true &&', '.......^']],
    ['1 + é', ["1:5: Syntax error: token recognition error at: 'é'", '1 + é', '....\uff3e']],
    ['"é" + 1', ["1:5: found no matching overload for '_+_' applied to '(string, int)'", '"é" + 1', '.\uff0e..^']],
    ['true\n  && self.no', ["2:10: undefined field 'no'", '  && self.no', '.........^']],
    ['duration("x") > duration("1s")', ['1:10: invalid duration argument', 'duration("x") > duration("1s")', '.........^']],
    ['"a".matches("(")', ['1:13: invalid matches argument', '"a".matches("(")', '............^']],
    ['has(self)', ['1:4: invalid argument to has() macro', 'has(self)', '...^']],
    ['9223372036854775808', ['1:1: invalid int literal', '9223372036854775808', '^']],
  ];
  for (const [source, [message, line, mark]] of cases) {
    test(source, () => assert.equal(outcome(source), `ERROR: <input>:${message}\n | ${line}\n | ${mark}`));
  }

  test('every complaint is told, in order', () => {
    const message = outcome('self.a + self.b > 1');
    assert.deepEqual(
      String(message)
        .split('\n')
        .filter((line) => line.startsWith('ERROR')),
      ["ERROR: <input>:1:5: undefined field 'a'", "ERROR: <input>:1:14: undefined field 'b'"],
    );
  });

  test('depth is bounded', () => {
    assert.match(String(outcome(`${'('.repeat(5_000)}1${')'.repeat(5_000)}`)), /expression recursion limit exceeded: 250/);
    const chains = [`a${'*a'.repeat(5_000)}`, `a${'.b'.repeat(5_000)}`, `a${'[0]'.repeat(5_000)}`, `a${'<a'.repeat(250)}`];
    for (const chain of chains) assert.equal(outcome(chain), 'ERROR: <input>:-1:0: max recursion depth exceeded');
    assert.equal(outcome(`1${'+1'.repeat(248)} == 249`), true);
    assert.equal(outcome(`false${' || false'.repeat(8_000)}`), false);
    const wrong = String(outcome(`[${'[1,"a"],'.repeat(5_000)}1]`)).split('\n');
    assert.deepEqual([wrong.length, wrong.at(-1)], [301, '4901 more errors were truncated']);
    assert.match(String(outcome(`1${' '.repeat(100_001)}`)), /code point size exceeds limit: size: 100002, limit 100000/);
  });
});

test('the type of the result is known', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['object.x', 'dyn'],
    ['[self.name]', 'list(string)'],
    ['{"a": [1]}', 'map(string, list(int))'],
    ['self.?name', 'optional_type(string)'],
    ['self.items.map(i, i.port)', 'list(int)'],
    ['true ? self.created : self.created', 'timestamp'],
    ['[]', 'list(dyn)'],
  ];
  for (const [source, type] of cases) assert.equal(typeText(compile(source, variables).resultType), type, source);
  assert.equal(compile('1', variables).resultProblem(celTypes.bool), 'must evaluate to bool but got int');
  assert.equal(
    compile('1.0', variables).resultProblem(celTypes.string, celTypes.null),
    'must evaluate to one of [string null_type] but got double',
  );
});

test('what an evaluation cost is told, also when it fails', () => {
  const costs: number[] = [];
  const spent = (source: string) => {
    try {
      compile(source, variables).evaluate(activation, (units) => costs.push(units));
    } catch {}
  };
  for (const source of ['1 + 1', 'self.name', 'self.tags.a', '[1]', 'self.items.all(i, true)', 'object.nothing']) spent(source);
  assert.deepEqual(costs, [1, 2, 3, 10, 8, 2]);
});

test('maps find numbers by value', () => {
  const map = compile('{1: "a", 2: "b"}', new Map()).evaluate(() => undefined);
  assert.ok(
    equalValues(
      map,
      compile('{1u: "a", 2u: "b"}', new Map()).evaluate(() => undefined),
    ),
  );
});

test('fields that are computed are computed once, and only when they are read', () => {
  const read: string[] = [];
  const type = objectType('Variables', { a: celTypes.int, b: celTypes.int });
  const lazy = new LazyObject(type, (field) => {
    read.push(field);
    return BigInt(read.length);
  });
  assert.equal(
    compile('variables.a + variables.a', new Map([['variables', type]])).evaluate(() => lazy),
    2n,
  );
  assert.deepEqual(read, ['a']);
});

test('evaluations share a budget', () => {
  assert.ok(matchConditionsCostBudget < runtimeCostBudget);
  const budget = new CostBudget(7);
  const program = compile('self.tags.a', variables);
  const left = [1, 2, 3].map(() => {
    program.evaluate(activation, (units) => budget.spend(units));
    return !budget.exhausted;
  });
  assert.deepEqual(left, [true, true, false]);
});
