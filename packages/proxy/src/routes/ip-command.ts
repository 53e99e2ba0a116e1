import { execFile } from 'node:child_process';
import { ipCommandTimeoutMs } from '../limits.js';

/** `ip` refused or is missing; the message is its own. */
export class IpCommandError extends Error {
  override readonly name = 'IpCommandError';
}

export type RunIp = (args: readonly string[]) => Promise<string>;

/** Runs iproute2. @throws IpCommandError */
export const runIp: RunIp = (args) =>
  new Promise((resolve, reject) => {
    execFile('ip', args, { timeout: ipCommandTimeoutMs, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new IpCommandError(`ip ${args.join(' ')}: ${stderr.trim() || error.message}`));
    });
  });
