import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { kinds } from '../kinds/kinds.js';
import { fieldMatcher, fieldSelectorText, parseFieldSelector, requiredFieldValue } from './field-selector.js';
import { matchesLabelSelector } from './label-selector.js';
import { parseLabelSelector, SelectorError } from './parse-label-selector.js';
import { matchesRequirements, type Requirement, requirementText } from './requirement.js';

const labels = { app: 'web', tier: 'front', 'example.com/zone': 'a', n: '5' };

const selections: readonly [string, boolean][] = [
  ['', true],
  ['app=web', true],
  ['app==web', true],
  ['app!=web', false],
  ['other!=x', true],
  ['app=web,tier=back', false],
  ['app in (web, api),tier notin (back)', true],
  ['app notin (web)', false],
  ['app', true],
  ['!app', false],
  ['!other', true],
  ['! other', true],
  ['example.com/zone=a', true],
  ['app=', false],
  ['other in ()', false],
  ['n>4', true],
  ['n>5', false],
  ['n<6', true],
  ['app>1', false],
  [' app = web ', true],
  ['in in (in)', false],
];

for (const [text, wanted] of selections) {
  test(`label selector ${JSON.stringify(text)}`, () => {
    const requirements = parseLabelSelector(text);
    assert.equal(matchesRequirements(requirements, labels), wanted);
    assert.deepEqual(parseLabelSelector(requirements.map(requirementText).join(',')), requirements, 'it survives being printed');
  });
}

const refusedLabels: readonly [string, string][] = [
  ['app=web,', "found '', expected: identifier after ','"],
  [',app', "found ',', expected: !, identifier, or 'end of string'"],
  ['app web', "unable to parse requirement: found 'web', expected: in, notin, =, ==, !=, gt, lt"],
  ['app in web', "unable to parse requirement: found 'web' expected: '('"],
  ['app in (web', "unable to parse requirement: found '', expected: ',' or ')'"],
  ['app=(web', "unable to parse requirement: found '(', expected: identifier"],
  ['=web', "found '=', expected: !, identifier, or 'end of string'"],
  [
    '-app=web',
    `unable to parse requirement: <nil>: Invalid value: "-app": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
  ],
];

for (const [text, message] of refusedLabels) {
  test(`label selector ${JSON.stringify(text)} is refused`, () => {
    assert.throws(
      () => parseLabelSelector(text),
      (error) => error instanceof SelectorError && error.message === message,
    );
  });
}

test('no text makes the parser of selectors throw anything but its own error', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '=', '!', '(', ')', ',', ' ', 'in', 'notin', '<', '/', '-') }), (text) => {
      try {
        parseLabelSelector(text);
      } catch (error) {
        assert.ok(error instanceof SelectorError);
      }
    }),
  );
});

test('a selector is the conjunction of its requirements', () => {
  const value = fc.constantFrom('x', 'y', 'z');
  const operator = fc.constantFrom('=' as const, '!=' as const, 'in' as const, 'notin' as const, 'exists' as const, '!' as const);
  const requirement = fc
    .tuple(fc.constantFrom('a', 'b'), operator, fc.uniqueArray(value, { minLength: 1 }))
    .map(([key, op, values]): Requirement => {
      const count = op === 'exists' || op === '!' ? 0 : op === '=' || op === '!=' ? 1 : values.length;
      return { key, operator: op, values: values.slice(0, count).sort() };
    });
  fc.assert(
    fc.property(fc.array(requirement), fc.dictionary(fc.constantFrom('a', 'b'), value), (requirements, some) => {
      const parsed = parseLabelSelector(requirements.map(requirementText).join(','));
      assert.equal(
        matchesRequirements(parsed, some),
        requirements.every((one) => matchesRequirements([one], some)),
      );
    }),
  );
});

test('selector objects: an empty one selects all, none selects nothing, expressions are all needed', () => {
  assert.equal(matchesLabelSelector({}, undefined), true);
  assert.equal(matchesLabelSelector(undefined, labels), false);
  const expression = (key: string, operator: string, ...values: string[]) => ({ matchExpressions: [{ key, operator, values }] });
  assert.equal(matchesLabelSelector(expression('app', 'In', 'web', 'x'), labels), true);
  assert.equal(matchesLabelSelector(expression('app', 'NotIn', 'web'), labels), false);
  assert.equal(matchesLabelSelector(expression('other', 'DoesNotExist'), labels), true);
  assert.equal(matchesLabelSelector({ matchLabels: { app: 'web' }, ...expression('tier', 'Exists') }, labels), true);
  assert.throws(() => matchesLabelSelector(expression('app', 'Like'), labels), /"Like" is not a valid label selector operator/);
});

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'default' },
  spec: { nodeName: 'node-1', containers: [] },
  status: { phase: 'Running' },
};

const fieldSelections: readonly [string, boolean][] = [
  ['', true],
  ['spec.nodeName=node-1', true],
  ['spec.nodeName==node-2', false],
  ['spec.nodeName!=node-2,status.phase=Running', true],
  ['metadata.name=p,metadata.namespace=default', true],
  ['status.podIP=', true],
];

for (const [text, wanted] of fieldSelections) {
  test(`field selector ${JSON.stringify(text)}`, () => {
    const requirements = parseFieldSelector(text);
    assert.equal(fieldMatcher(kinds.pods, requirements)(pod), wanted);
    assert.deepEqual(parseFieldSelector(fieldSelectorText(requirements)), requirements);
  });
}

test('field selectors: escapes, pinned values, and what is refused', () => {
  assert.deepEqual(parseFieldSelector('a=x\\,y\\=z\\\\'), [{ field: 'a', operator: '=', value: 'x,y=z\\' }]);
  assert.equal(requiredFieldValue(parseFieldSelector('spec.nodeName=n,metadata.name!=m'), 'spec.nodeName'), 'n');
  assert.equal(requiredFieldValue(parseFieldSelector('metadata.name!=m'), 'metadata.name'), undefined);
  assert.throws(() => parseFieldSelector('a'), /invalid selector: 'a'; can't understand 'a'/);
  assert.throws(() => parseFieldSelector('a=b=c'), /unescaped character in value: 61/);
  assert.throws(() => parseFieldSelector('a=\\x'), /invalid escape sequence: \\x/);
  assert.throws(
    () => fieldMatcher(kinds.pods, parseFieldSelector('spec.foo=x')),
    /^SelectorError: field label not supported: spec\.foo$/,
  );
  assert.throws(() => fieldMatcher(kinds.pods, parseFieldSelector('constructor=x')), /field label not supported: constructor/);
});
