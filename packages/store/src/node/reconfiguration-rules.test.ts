import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterMember } from '../member.js';
import { type ClusterView, checkAdd, checkPromote, checkRemove } from './reconfiguration-rules.js';

/** `ABc-`: letters are members; capitals are connected, `+` after one: not started yet, `*`: a learner. */
function view(text: string, strict = true): ClusterView {
  const found = [...text.matchAll(/([a-z])([+*]*)/gi)];
  const idOf = (letter: string) => BigInt(letter.toLowerCase().charCodeAt(0));
  const members: ClusterMember[] = found.map(([, letter = '', marks = '']) => ({
    id: idOf(letter),
    name: marks.includes('+') ? '' : letter,
    peerUrls: [`http://${letter.toLowerCase()}:2380`],
    clientUrls: [],
    isLearner: marks.includes('*'),
  }));
  const connected = found.map(([, letter = '']) => letter).filter((letter) => letter === letter.toUpperCase());
  return { members, connected: new Set(connected.map(idOf)), strict };
}

const id = (letter: string) => BigInt(letter.charCodeAt(0));
const ok = undefined;
const few = 'etcdserver: re-configuration failed due to not enough started members';
const unhealthy = 'etcdserver: unhealthy cluster';

const cases: readonly (readonly [string, () => void, string | undefined])[] = [
  ['a second voter', () => checkAdd(view('A'), ['http://x:1'], false), ok],
  ['a third one while the second has not started', () => checkAdd(view('Ab+'), ['http://x:1'], false), few],
  ['a fourth one while the third has not started', () => checkAdd(view('ABc+'), ['http://x:1'], false), few],
  ['a fifth one while the fourth has not started', () => checkAdd(view('ABCd+'), ['http://x:1'], false), unhealthy],
  ['a voter while one is away', () => checkAdd(view('ABc'), ['http://x:1'], false), unhealthy],
  ['a learner while one is away', () => checkAdd(view('ABc'), ['http://x:1'], true), unhealthy],
  ['that, when nobody cares', () => checkAdd(view('ABc', false), ['http://x:1'], true), ok],
  ['a second learner', () => checkAdd(view('AB*'), ['http://x:1'], true), 'etcdserver: too many learner members in cluster'],
  ['a URL that is taken', () => checkAdd(view('AB'), ['http://b:2380'], false), 'etcdserver: Peer URLs already exists'],
  ['no URL', () => checkAdd(view('A'), [], false), 'etcdserver: given member URLs are invalid'],
  ['a URL without a port', () => checkAdd(view('A'), ['http://x'], false), 'etcdserver: given member URLs are invalid'],
  ['a URL with a path', () => checkAdd(view('A'), ['http://x:1/y'], false), 'etcdserver: given member URLs are invalid'],
  ['removing one of three', () => checkRemove(view('ABC'), id('c')), ok],
  ['removing the one that is away', () => checkRemove(view('ABc'), id('c')), ok],
  ['removing another than the one that is away', () => checkRemove(view('ABc'), id('b')), unhealthy],
  ['that, when nobody cares', () => checkRemove(view('ABc', false), id('b')), ok],
  ['leaving behind one that has not started', () => checkRemove(view('Ab+'), id('a')), few],
  ['removing the last one', () => checkRemove(view('A', false), id('a')), few],
  ['removing a learner at any time', () => checkRemove(view('Abc*'), id('c')), ok],
  ['removing a stranger', () => checkRemove(view('A'), id('z')), 'etcdserver: member not found'],
  ['promoting a learner', () => checkPromote(view('AB*'), id('b')), ok],
  ['promoting one that has not started', () => checkPromote(view('ABc+d+*'), id('d')), few],
  ['promoting a voter', () => checkPromote(view('AB'), id('b')), 'etcdserver: can only promote a learner member'],
  ['promoting a stranger', () => checkPromote(view('AB'), id('z')), 'etcdserver: member not found'],
];

for (const [name, check, refusal] of cases) {
  test(`${name}: ${refusal ?? 'may be'}`, () => {
    if (refusal === undefined) check();
    else assert.throws(check, { message: refusal });
  });
}
