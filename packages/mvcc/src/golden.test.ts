import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { ScriptRunner } from './script-runner.test.js';

const folder = fileURLToPath(new URL('../testdata/', import.meta.url));

/**
 * Each script is a story: comments, commands, and after `----` what the store answered. A test fails when it answers
 * otherwise. `UPDATE_GOLDEN=1` writes the answers anew, to be reviewed as a diff.
 */
for (const name of readdirSync(folder).sort()) {
  test(`golden script ${name}`, async () => {
    const written = readFileSync(folder + name, 'utf8');
    const played = await play(written);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(folder + name, played);
    else assert.equal(played, written);
  });
}

async function play(script: string): Promise<string> {
  const runner = new ScriptRunner();
  const out: string[] = [];
  for (const block of script.trimEnd().split(/\n\n+/)) {
    const input = block.split('\n----\n')[0]!;
    const commands = input.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    if (commands.length === 0) {
      out.push(`${input}\n`);
      continue;
    }
    let answers = '';
    for (const command of commands) {
      const answer = await runner.run(command);
      answers = commands.length === 1 || answer !== 'ok\n' ? answers + answer : answers;
    }
    out.push(`${input}\n----\n${answers || 'ok\n'}`);
  }
  return out.join('\n');
}
