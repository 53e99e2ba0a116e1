import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { GoldenCluster } from './golden-cluster.test.js';

/**
 * The stories in testdata/*.txt: lines that begin with `>` are commands, what follows them is what happened.
 * `REWRITE=1` writes down what happens now; read the difference before you keep it.
 */
const folder = new URL('../testdata/', import.meta.url);

for (const file of readdirSync(folder).filter((name) => name.endsWith('.txt'))) {
  test(file, () => {
    const path = new URL(file, folder);
    const script = readFileSync(path, 'utf8');
    const told = retell(script);
    if (process.env['REWRITE'] === '1') writeFileSync(path, told);
    else assert.equal(told, script);
  });
}

/** Runs the commands of a script, and puts what they say in the place of what was there. */
function retell(script: string): string {
  const cluster = new GoldenCluster();
  const told: string[] = [];
  for (const line of script.trimEnd().split('\n')) {
    if (line.startsWith('> ')) told.push(line, ...cluster.run(line.slice(2)).map((happened) => `  ${happened}`));
    else if (line.startsWith('#') || line === '') told.push(line);
  }
  return `${told.join('\n')}\n`;
}
