import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldErrorText, type StructuralSchema } from '@flotilla/api';
import { compile } from '../cel/program.js';
import { structuralType } from '../cel/schema-types.js';
import { celTypes } from '../cel/types.js';
import { costErrors } from './rule-costs.js';
import { type BrokenRule, ruleTree } from './rule-node.js';
import { SchemaSizes } from './schema-sizes.js';

type Shape = (limit: number | undefined) => StructuralSchema;

function scalar(type: string): StructuralSchema {
  if (type === 'int-or-string') return { 'x-kubernetes-int-or-string': true };
  return ['duration', 'date', 'date-time'].includes(type) ? { type: 'string', format: type } : { type };
}

const text: Shape = (maxLength) => ({ type: 'string', ...(maxLength !== undefined && { maxLength }) });
const bytes: Shape = (maxLength) => ({ ...text(maxLength), format: 'byte' });
const listOf =
  (items: StructuralSchema | Shape): Shape =>
  (maxItems) => ({
    type: 'array',
    items: typeof items === 'function' ? items(maxItems) : items,
    ...(maxItems !== undefined && { maxItems }),
  });
const mapOf =
  (values: StructuralSchema | Shape): Shape =>
  (maxProperties) => ({
    type: 'object',
    additionalProperties: typeof values === 'function' ? values(maxProperties) : values,
    ...(maxProperties !== undefined && { maxProperties }),
  });
const pair: StructuralSchema = {
  type: 'object',
  required: ['required'],
  properties: { required: { type: 'string' }, optional: { type: 'string' } },
};
const replacing: Shape = (limit) => ({
  type: 'object',
  properties: { str: text(limit), before: text(2), after: text(4) },
});
const splitting: Shape = (limit) => ({ type: 'object', properties: { str: text(limit), separator: text(limit) } });

function costOf(schema: StructuralSchema, rule: string): number {
  const self = structuralType({ ...schema }) ?? celTypes.dyn;
  const variables = new Map([
    ['self', self],
    ['oldSelf', self],
  ]);
  return compile(rule, variables).estimatedCost(new SchemaSizes().declared(schema, false));
}

describe('the worst case of a rule, as Kubernetes 1.34 estimates it', () => {
  /** The shape, the rule, its cost when nothing is bounded, and when the lists, maps and texts are bounded to `limit`. */
  const cases: readonly (readonly [Shape, string, number, number, number])[] = [
    [listOf(scalar('number')), 'self.all(x, true)', 4718591, 10, 32],
    [listOf(scalar('string')), 'self.all(x, true)', 3145727, 20, 62],
    [listOf(scalar('boolean')), 'self.all(x, true)', 1887437, 5, 17],
    [listOf({ type: 'array', items: scalar('number') }), 'self.all(x, true)', 3145727, 100, 302],
    [listOf(pair), 'self.all(x, true)', 555128, 50, 152],
    [mapOf(scalar('number')), 'self.all(x, true)', 1348169, 10, 32],
    [mapOf(scalar('number')), 'has(self.x)', 1, 100, 1],
    [mapOf(scalar('string')), 'self.all(x, true)', 1179647, 3, 11],
    [mapOf(scalar('boolean')), 'self.all(x, true)', 943718, 100, 302],
    [text, "self.contains('test')", 314574, 10, 5],
    [text, "self.startsWith('test')", 2, 15, 2],
    [text, "self.endsWith('test')", 2, 30, 2],
    [text, 'size(self + "hello") > size("hello")', 314578, 4, 7],
    [listOf(scalar('number')), 'self[1] == 0.0', 2, 5000, 2],
    [listOf(scalar('string')), 'self[1] == self[1]', 314577, 8, 314577],
    [text, 'self.matches("x")', 314574, 50, 22],
    [text, '"".matches("(((((((((())))))))))[0-9]")', 7, 10, 7],
    [text, 'self.matches("")', 1, 100, 1],
    [mapOf(text), 'self.all(x, x.contains(self[x]))', 2752507, 10, 72],
    [mapOf(scalar('number')), 'self["x"] == 0.0', 2, 0, 2],
    [text, 'self == "x"', 2, 0, 1],
    [bytes, 'self == b"x"', 2, 0, 1],
    [listOf(scalar('number')), 'self.all(x, x == 0.0)', 6291454, 3 * 1024 * 2048, 25165826],
    [listOf(mapOf(pair)), 'self.all(x, x["y"].required == "z")', 7340027, 10, 72],
    [listOf(scalar('int-or-string')), 'self.all(x, true)', 4718591, 10, 32],
    [listOf(scalar('int-or-string')), 'self[0] == 5', 3, 10, 3],
    [listOf(scalar('boolean')), 'self[0] == false', 2, 25, 2],
    [listOf(pair), 'self[0] == null', 2, 422, 2],
    [listOf({ type: 'array', items: scalar('number') }), 'self[0][0] == -1.0', 3, 51, 3],
    [listOf(mapOf(scalar('number'))), 'self.all(x, x.y == 25.2)', 6291452, 12, 74],
    [listOf(mapOf(scalar('number'))), 'self[0].x > 2.0', 4, 3000, 4],
    [listOf(scalar('duration')), 'self.all(x, true)', 2359295, 5, 17],
    [listOf(scalar('duration')), 'self[0].getHours() == 2', 4, 525, 4],
    [listOf(scalar('date')), 'self.all(x, true)', 725936, 15, 47],
    [listOf(scalar('date')), 'self[2].getDayOfMonth() == 13', 4, 42, 4],
    [listOf(scalar('date-time')), 'self.all(x, true)', 428963, 25, 77],
    [listOf(scalar('date-time')), 'self[2].getMinutes() == 45', 4, 99, 4],
    [mapOf(scalar('int-or-string')), 'self.all(x, true)', 1348169, 15, 47],
    [mapOf(pair), 'self.all(x, true)', 428963, 20, 62],
    [mapOf({ type: 'object', additionalProperties: scalar('number') }), 'self.all(x, true)', 1179647, 10, 32],
    [mapOf({ type: 'array', items: scalar('number') }), 'self.all(x, true)', 1179647, 25, 77],
    [mapOf(scalar('duration')), 'self.all(x, true)', 1048577, 5, 17],
    [mapOf(scalar('date')), 'self.all(x, true)', 524288, 10, 32],
    [mapOf(scalar('date-time')), 'self.all(x, true)', 349526, 25, 77],
    [text, "self.find('[0-9]+') == ''", 629147, 10, 11],
    [listOf(text), "self.join(' ') == 'aa bb'", 329853068905, 10, 43],
    [listOf(text), 'self.isSorted() == true', 329854432052, 10, 52],
    [replacing, "self.str.replace(self.before, self.after) == 'does not matter'", 629154, 4, 12],
    [splitting, 'self.str.split(self.separator) == []', 629160, 10, 22],
    [text, "self.lowerAscii() == 'lower!'", 314575, 10, 6],
    [mapOf(scalar('integer')), 'oldSelf.size() == self.size()', 5, 10, 5],
    [mapOf(scalar('date-time')), 'self["a"] == self["b"]', 8, 7, 8],
    [mapOf(scalar('duration')), 'self["c"] == self["d"]', 8, 42, 8],
    [(limit) => ({ ...text(limit), enum: ['A', 'B', 'C', 'LongValue'] }), "self.contains('A')", 2, 1000, 401],
    [(limit) => ({ ...scalar('int-or-string'), ...(limit && { maxLength: limit }) }), 'isQuantity(self)', 314574, 20, 9],
    [listOf(scalar('number')), 'self.all(x, self.all(y, true))', 7421701914624, 10, 352],
    [listOf(scalar('number')), 'self.all(x, self.all(y, self.all(z, true)))', 11673320338545967000, 10, 3552],
  ];
  for (const [shape, rule, open, limit, bounded] of cases) {
    test(rule, () => {
      assert.equal(costOf(shape(undefined), rule), open, 'without limits');
      assert.equal(costOf(shape(limit), rule), bounded, `with a limit of ${limit}`);
    });
  }
});

describe('macros and functions, of lists of at most ten and texts of at most five characters', () => {
  const schema: StructuralSchema = {
    type: 'object',
    properties: { list: listOf(text(5))(10), map: mapOf(text(5))(10), word: text(5), number: { type: 'integer' } },
  };
  /** Worked out by hand from cel-go's macros; a text of five characters counts for twenty bytes. */
  const cases: readonly (readonly [string, number])[] = [
    // The range 2, a result 1, and ten turns of: two calls and two reads, a comparison of nothing but a bound and a written text, `x`.
    ['self.list.exists(x, x == "a")', 2 + 1 + 10 * (4 + 1 + 1)],
    ['self.list.exists_one(x, x == "a")', 2 + 2 + 10 * (2 + 1 + 1)],
    ['self.list.filter(x, true).size() == 1', 1 + 1 + (2 + 10 + 1 + 10 * 13)],
    ['self.list.map(x, x).size() == 1', 1 + 1 + (2 + 10 + 1 + 10 * 13)],
    ['self.list.map(x, x == "a", x).size() == 1', 1 + 1 + (2 + 10 + 1 + 10 * (2 + 13))],
    ['self.map.all(k, v, v == "a")', 2 + 1 + 10 * (3 + 2)],
    ['self.list.transformList(i, x, x).size() == 1', 1 + 1 + (2 + 10 + 1 + 10 * 13)],
    ['self.map.transformMap(k, v, v).size() == 1', 1 + 1 + (2 + 30 + 1 + 10 * 4)],
    ['self.map.transformMapEntry(k, v, {v: k}).size() == 1', 1 + 1 + (2 + 30 + 1 + 10 * (2 + 32))],
    // The keys are a list of ten, each of which is compared with each.
    ['self.list.sortBy(x, x).size() == 1', 1 + 1 + (10 + 2 + 1 + (1 + 10 + 1 + 10 * 13) + (210 + 11))],
    ['self.list.sort().size() == 1', 1 + 1 + 2 + (210 + 11)],
    ['self.list.distinct().size() == 1', 1 + 1 + 2 + (200 + 11)],
    ['self.list.slice(1, 4).size() == 1', 1 + 1 + 2 + (3 + 11)],
    // What a call has made and is not known otherwise has the size of `self`: of an object, none.
    ['self.list.reverse()[0] == "a"', 1 + 2 + (10 + 11)],
    ['lists.range(7).size() == 1', 1 + 1 + (7 + 11)],
    ['sets.contains(self.list, ["a"])', 2 + 10 + (10 + 1)],
    ['sets.equivalent(self.list, ["a"])', 2 + 10 + (20 + 1)],
    ['self.word in self.list', 2 + 2 + 10],
    ['self.word in self.map', 2 + 2 + 1],
    ['self.list.max() == "a"', 2 + 10 * 3 + 1],
    ['self.word.split("").size() == 1', 1 + 1 + 2 + 4],
    ['"%s".format([self.word]) == "a"', 1 + 1 + (2 + 10)],
    ['bytes(self.word).size() == 1', 1 + 1 + 2 + 2],
    ['self.word < self.word', 2 + 2 + 2],
    ['self.number < 3', 2 + 1],
    ['self.number == 3', 2],
    ['self.number > 1 && self.number > 2', 3 + 3],
    ['self.number > 1 ? self.word == "a" : true', 3 + 3],
    ['dyn(self.number) == 3', 1 + 2],
    ['self.?word.orValue("a") == "a"', 1 + 1 + 2],
    ['self.?word.optMap(w, w == "b").orValue(true)', 1 + (3 + 10 + 3 + (1 + 1) + 1)],
    ['has(self.word)', 1],
    ['ip(self.word).family() == 4', 1 + 1 + 2 + 2],
    ['cidr("10.0.0.0/8").containsIP(self.word)', 1 + 2 + (4 + 2)],
    ['cidr("10.0.0.0/8").ip() == ip("10.0.0.1")', 1 + (1 + 1) + 1],
    ['quantity(self.word) == quantity("1")', 1 + (2 + 2) + 1],
    ['url("http://a").getHost() == "a"', 1 + 1 + 1],
    ['format.dns1123Label().validate(self.word).hasValue()', 1 + 1 + 2 + 2 * 32],
  ];
  for (const [rule, cost] of cases) test(rule, () => assert.equal(costOf(schema, rule), cost));
});

describe('rules that would be too dear', () => {
  const twice = { rule: 'self.all(x, self.all(y, x == y))' };
  const numbers = (more: object = {}): StructuralSchema => ({ type: 'array', items: { type: 'integer' }, ...more });

  function judged(schema: StructuralSchema, unchanged = false): readonly string[] {
    const broken: BrokenRule[] = [];
    const root = ruleTree(schema, 'schema', broken);
    assert.deepEqual(broken, []);
    assert.ok(root !== undefined);
    return costErrors(root, 'schema', unchanged).map(fieldErrorText);
  }

  function spec(properties: Readonly<Record<string, StructuralSchema>>): StructuralSchema {
    return { type: 'object', properties: { spec: { type: 'object', properties } } };
  }

  const advice =
    '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)';

  test('are refused, with how much too dear they are, and so is all of them together', () => {
    const rules = 'schema.properties[spec].properties[list].x-kubernetes-validations[0].rule';
    assert.deepEqual(judged(spec({ list: numbers({ 'x-kubernetes-validations': [twice] }) })), [
      `${rules}: Forbidden: estimated rule cost exceeds budget by factor of more than 100x ${advice}`,
      `${rules}: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema`,
      `schema: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x ${advice}`,
    ]);
    assert.deepEqual(judged(spec({ list: numbers({ maxItems: 100, 'x-kubernetes-validations': [twice] }) })), []);
  });

  test('the factor has one digit, and six when it is hardly more than one', () => {
    const factors = [1500, 2500].map(
      (maxItems) => judged(spec({ list: numbers({ maxItems, 'x-kubernetes-validations': [twice] }) }))[0],
    );
    assert.match(factors[0] ?? '', /by factor of 1\.125750x /);
    assert.match(factors[1] ?? '', /by factor of 3\.1x /);
  });

  test('what stands in lists and maps counts for each of their elements', () => {
    const rule = { rule: 'self.matches("^[a-z]{2,4}$")' };
    const word: StructuralSchema = { type: 'string', maxLength: 2500, 'x-kubernetes-validations': [rule] };
    assert.deepEqual(judged(spec({ word })), []);
    const bounded = { type: 'array', maxItems: 100, items: { type: 'object', maxProperties: 10, additionalProperties: word } };
    assert.deepEqual(judged(spec({ bounded })), []);
    const [first] = judged(spec({ open: { ...bounded, items: { ...bounded.items, maxProperties: 10_000 } } }));
    assert.match(
      first ?? '',
      /\[open\]\.items\.additionalProperties\.x-kubernetes-validations\[0\]\.rule: Forbidden: estimated rule cost exceeds/,
    );
    const { maxItems: _, ...unbounded } = bounded;
    assert.match(judged(spec({ unbounded }))[0] ?? '', /by factor of more than 100x/);
  });

  test('a message is asked for once; at most four rules are blamed for a total', () => {
    const message = { rule: 'true', messageExpression: '[self].map(x, x.map(y, x.map(z, "a").join()).join()).join()' };
    const said = judged(spec({ list: numbers({ 'x-kubernetes-validations': [message] }) }));
    assert.match(
      said[0] ?? '',
      /\[0\]\.messageExpression: Forbidden: estimated messageExpression cost exceeds budget by factor of more than 100x/,
    );
    const six = Object.fromEntries(
      Array.from({ length: 6 }, (_, i) => [`n${i}`, numbers({ maxItems: 2000 + i, 'x-kubernetes-validations': [twice] })]),
    );
    const blamed = [5, 4, 3, 2].map((i) => `schema.properties[spec].properties[n${i}].x-kubernetes-validations[0].rule`);
    assert.deepEqual(judged(spec(six), true), [
      ...blamed.map(
        (rule) => `${rule}: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema`,
      ),
      `schema: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of 1.203604x ${advice}`,
    ]);
  });

  test('a schema that is not changed keeps its single rules', () => {
    const schema = spec({ list: numbers({ maxItems: 2000, 'x-kubernetes-validations': [twice] }) });
    assert.equal(judged(schema).length, 1);
    assert.deepEqual(judged(schema, true), []);
  });
});
