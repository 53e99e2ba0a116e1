import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compile } from '../program.js';
import { CelError, type Value } from '../values.js';
import { type AccessQuestion, CelAuthorizer, CelResourceCheck } from './authorizer.js';
import { libraryTypes } from './opaque-types.js';

function evaluate(source: string): Value {
  return compile(source, new Map()).evaluate(() => undefined);
}

const truths: Readonly<Record<string, readonly string[]>> = {
  strings: [
    '"tacocat".charAt(3) == "o" && "tacocat".charAt(7) == ""',
    '"hello".indexOf("l") == 2 && "hello".indexOf("l", 3) == 3 && "hello".indexOf("z") == -1 && "hello".lastIndexOf("l") == 3 && "hello".lastIndexOf("l", 2) == 2',
    '"TacoCÆt".lowerAscii() == "tacocÆt" && "abc".upperAscii() == "ABC" && "  a \\t".trim() == "a"',
    '"hello".substring(1) == "ello" && "hello".substring(1, 3) == "el"',
    '"hello hello".replace("he", "we", 1) == "wello hello" && "aa".replace("", "-") == "-a-a-" && "abc".replace("b", "") == "ac" && "aaa".replace("a", "b", 0) == "aaa"',
    '"a,b,c".split(",") == ["a", "b", "c"] && "a,b,c".split(",", 2) == ["a", "b,c"] && "abc".split("") == ["a", "b", "c"] && "a".split(",", 0) == []',
    '["a", "b"].join("-") == "a-b" && ["a", "b"].join() == "ab"',
    'strings.quote("a\\n\\"") == "\\"a\\\\n\\\\\\"\\""',
    '"%s %d %% %.2f %x %X %o %b %e".format([dyn("a"), 5, 1.005, 255, 255, 8, 5, 1234.5]) == "a 5 % 1.00 ff FF 10 101 1.234500e+03"',
    '"%s %s %s".format([dyn([1, 2]), {"b": 1, "a": 2}, true]) == "[1, 2] {a: 2, b: 1} true"',
    '"%s %s %s".format([dyn(duration("90s")), timestamp("2024-01-01T00:00:00Z"), type(1)]) == "90s 2024-01-01T00:00:00Z int"',
    '"abc".contains("b") && "abc".startsWith("a") && "abc".endsWith("c") && "abc".matches("^a.c$") && matches("abc", "b")',
    '"a1b22".find("[0-9]+") == "1" && "a1b22".findAll("[0-9]+") == ["1", "22"] && "a1b22".findAll("[0-9]+", 1) == ["1"] && "a".find("x") == ""',
  ],
  lists: [
    '[1, 2, 2].isSorted() && ![2, 1].isSorted() && [].isSorted() && ["a", "b"].isSorted()',
    '[1, 2].sum() == 3 && [1.5, 2.5].sum() == 4.0 && [duration("1s"), duration("2s")].sum() == duration("3s")',
    '[1, 3, 2].max() == 3 && [1, 3, 2].min() == 1 && ["b", "a"].min() == "a"',
    '[1, 2, 1].indexOf(1) == 0 && [1, 2, 1].lastIndexOf(1) == 2 && [1].indexOf(5) == -1 && [1].lastIndexOf(5) == -1',
    '[3, 1, 2].sort() == [1, 2, 3] && ["b", "a"].sortBy(x, x) == ["a", "b"] && [1, 2].sortBy(x, -x) == [2, 1]',
    '[1, 2, 1].distinct() == [1, 2] && [1, 2].reverse() == [2, 1] && [1, 2, 3].slice(1, 2) == [2] && lists.range(3) == [0, 1, 2]',
    '[dyn([1]), [dyn(2), [3]], 4].flatten() == [dyn(1), 2, [3], 4] && [[dyn(1), [2]]].flatten(2) == [1, 2]',
    '[1, 2].first().value() == 1 && [1, 2].last().value() == 2 && ![].first().hasValue()',
    'sets.contains([1, 2], [2]) && sets.equivalent([1, 1, 2], [2, 1]) && sets.intersects([1], [1, 3]) && !sets.contains([1], [2])',
    'optional.unwrap([optional.of(1), optional.none()]) == [1] && [optional.none(), optional.of(2)].unwrapOpt() == [2]',
  ],
  quantities: [
    'quantity("1Gi").isGreaterThan(quantity("512Mi")) && quantity("100m").isLessThan(quantity("1")) && quantity("1k") == quantity("1000")',
    'quantity("2").compareTo(quantity("2")) == 0 && quantity("-1").sign() == -1 && quantity("50k").asInteger() == 50000 && !quantity("50m").isInteger()',
    'quantity("1").add(quantity("500m")) == quantity("1.5") && quantity("5").sub(2) == quantity("3") && quantity("50m").asApproximateFloat() == 0.05',
    'isQuantity("1.5Gi") && !isQuantity("1 Gi")',
  ],
  addresses: [
    'isIP("10.0.0.1") && isIP("::1") && !isIP("10.0.0.256") && !isIP("::ffff:1.2.3.4") && !isIP("fe80::1%eth0")',
    'ip("10.0.0.1").family() == 4 && ip("::1").family() == 6 && string(ip("2001:DB8:0:0::1")) == "2001:db8::1" && ip("::1") == ip("0:0:0:0:0:0:0:1")',
    'ip.isCanonical("2001:db8::abcd") && !ip.isCanonical("2001:DB8::ABCD")',
    'ip("127.0.0.1").isLoopback() && ip("::").isUnspecified() && ip("224.0.0.1").isLinkLocalMulticast() && ip("fe80::1").isLinkLocalUnicast() && ip("8.8.8.8").isGlobalUnicast() && !ip("255.255.255.255").isGlobalUnicast()',
    'cidr("192.168.0.0/24").containsIP("192.168.0.7") && cidr("192.168.0.0/24").containsIP(ip("192.168.0.7")) && !cidr("192.168.0.0/24").containsIP("::1")',
    'cidr("10.0.0.0/8").containsCIDR("10.1.0.0/16") && !cidr("10.1.0.0/16").containsCIDR(cidr("10.0.0.0/8"))',
    'cidr("192.168.1.5/24").ip() == ip("192.168.1.5") && cidr("192.168.1.5/24").masked() == cidr("192.168.1.0/24") && cidr("::/64").prefixLength() == 64 && string(cidr("10.0.0.0/8")) == "10.0.0.0/8"',
    'isCIDR("::1/128") && !isCIDR("10.0.0.0/33") && !isCIDR("10.0.0.0")',
  ],
  urls: [
    'url("https://u@example.com:80/a b?k=1&k=2&j=#f").getHost() == "example.com:80"',
    'url("https://[::1]:80/").getHostname() == "::1" && url("https://[::1]:80/").getPort() == "80" && url("/path").getHost() == ""',
    'url("https://example.com/a b").getEscapedPath() == "/a%20b" && url("HTTPS://example.com").getScheme() == "https"',
    'url("https://e.com/?k=1&k=2&j=").getQuery() == {"k": ["1", "2"], "j": [""]}',
    'isURL("https://example.com") && isURL("/path") && !isURL("../x") && !isURL("https://a:b/") && !isURL("")',
  ],
  formats: [
    '!format.dns1123Label().validate("my-name").hasValue() && format.dns1123Label().validate("My").value()[0].startsWith("a lowercase RFC 1123 label")',
    'format.named("uuid").value().validate("x").value() == ["does not match the UUID format"] && !format.named("nope").hasValue()',
    '!format.date().validate("2024-02-29").hasValue() && format.date().validate("2023-02-29").hasValue() && !format.byte().validate("aGk=").hasValue()',
    '!format.dns1123LabelPrefix().validate("web-").hasValue() && format.dns1123Label().validate("web-").hasValue()',
  ],
  versions: [
    'isSemver("1.2.3-rc.1+build") && !isSemver("v1.2") && isSemver("v1.2", true) && !isSemver("01.2.3") && semver("v01.1", true) == semver("1.1.0")',
    'semver("1.2.3").isLessThan(semver("1.10.0")) && semver("1.0.0").isGreaterThan(semver("1.0.0-rc.2")) && semver("1.0.0-rc.2").compareTo(semver("1.0.0-rc.10")) == -1',
    'semver("1.2.3").major() == 1 && semver("1.2.3").minor() == 2 && semver("1.2.3").patch() == 3',
  ],
};

for (const [library, expressions] of Object.entries(truths)) {
  describe(library, () => {
    for (const source of expressions) test(source, () => assert.equal(evaluate(source), true));
  });
}

describe('what libraries refuse', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['"a".charAt(5)', 'index out of range: 5'],
    ['"abc".substring(2, 1)', 'invalid substring range. start: 2, end: 1'],
    ['[1, 2].slice(0, 5)', 'cannot slice(0, 5), list is length 2'],
    ['[1].slice(2, 1)', 'cannot slice(2, 1), start index must be less than or equal to end index'],
    ['lists.range(0).max()', 'max called on empty list'],
    ['"%d".format(["x"])', 'error during formatting: decimal clause can only be used on integers, was given string'],
    ['"%s".format([])', 'index 0 out of range'],
    ['quantity("x")', "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"],
    ['quantity("50m").asInteger()', 'cannot convert value to integer'],
    ['ip("x")', 'IP Address "x" parse error during conversion from string: ParseAddr("x"): unable to parse IP'],
    ['ip("fe80::1%eth0")', 'IP address "fe80::1%eth0" with zone value is not allowed'],
    ['url("../x")', 'URL parse error during conversion from string: parse "../x": invalid URI for request'],
    ['semver("1.2")', 'No Major.Minor.Patch elements found'],
    ['timestamp("2024-01-01T00:00:00Z").getHours("Nowhere")', 'unknown time zone Nowhere'],
  ];
  for (const [source, message] of cases) test(source, () => assert.throws(() => evaluate(source), new CelError(message)));
});

test('matching takes linear time, whatever the pattern', () => {
  const source = '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!".matches("^(a+)+$")';
  assert.equal(evaluate(source), false);
});

test('access is asked for as the expression says', () => {
  const asked: AccessQuestion[] = [];
  const authorizer = new CelAuthorizer((question) => {
    asked.push(question);
    return { allowed: question.verb === 'get', reason: 'because' };
  });
  const ask = (source: string) => compile(source, new Map([['authorizer', libraryTypes.authorizer]])).evaluate(() => authorizer);
  const nothing = { subresource: '', namespace: '', name: '', fieldSelector: '', labelSelector: '' };
  assert.equal(ask('authorizer.group("apps").resource("deployments").namespace("x").name("web").check("get").allowed()'), true);
  assert.equal(ask('authorizer.path("/healthz").check("put").reason()'), 'because');
  assert.equal(
    ask('authorizer.serviceAccount("default", "robot").group("").resource("pods").labelSelector("a=b").check("list").errored()'),
    false,
  );
  assert.deepEqual(asked, [
    { ...nothing, group: 'apps', resource: 'deployments', namespace: 'x', name: 'web', verb: 'get', serviceAccount: undefined },
    { path: '/healthz', verb: 'put', serviceAccount: undefined },
    {
      ...nothing,
      group: '',
      resource: 'pods',
      labelSelector: 'a=b',
      verb: 'list',
      serviceAccount: { namespace: 'default', name: 'robot' },
    },
  ]);
  const target = { ...nothing, group: '', resource: 'pods', name: 'web' };
  const own = compile('check.check("get").allowed()', new Map([['check', libraryTypes.resourceCheck]]));
  assert.equal(
    own.evaluate(() => new CelResourceCheck(authorizer, target)),
    true,
  );
  assert.deepEqual(asked.at(-1), { ...target, verb: 'get', serviceAccount: undefined });
  assert.throws(() => ask('authorizer.path(" ").check("get").allowed()'), new CelError('path must not be empty'));
  assert.throws(
    () => ask('authorizer.group("").resource("").check("get").allowed()'),
    new CelError('resource must not be empty'),
  );
});
