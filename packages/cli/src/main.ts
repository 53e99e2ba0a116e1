#!/usr/bin/env node
import { isDaemonName, loadDaemon } from './daemons.js';

/**
 * The `flotilla` executable. A first argument that names a daemon becomes that daemon, with as little else loaded as
 * possible; anything else is a verb for people.
 */
const [first, ...rest] = process.argv.slice(2);
if (isDaemonName(first)) {
  const [{ runDaemon }, daemon] = await Promise.all([import('@flotilla/process'), loadDaemon(first)]);
  await runDaemon(daemon, rest);
} else {
  const { runVerb } = await import('./verbs/run-verb.js');
  await runVerb(process.argv.slice(2));
}
