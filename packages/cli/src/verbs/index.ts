import { apply } from './apply/index.js';
import { certificates } from './certificates/index.js';
import { deleteVerb } from './delete/index.js';
import { down } from './down/index.js';
import { env } from './env/index.js';
import { get } from './get/index.js';
import { host } from './host/index.js';
import { logs } from './logs/index.js';
import { restart, start, stop } from './process/index.js';
import { status } from './status/index.js';
import { supervise } from './supervise/index.js';
import { up } from './up/index.js';
import type { Verb } from './verb.js';

/** Every verb, in the order in which `flotilla --help` lists them. */
export const verbs: readonly Verb[] = [
  up,
  down,
  status,
  env,
  get,
  apply,
  deleteVerb,
  logs,
  start,
  stop,
  restart,
  certificates,
  host,
  supervise,
];
