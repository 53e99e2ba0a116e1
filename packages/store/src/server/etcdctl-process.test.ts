import { execFile, spawnSync } from 'node:child_process';

const found = spawnSync('etcdctl', ['version'], { env: { ...process.env, ETCDCTL_API: '3' } }).status === 0;

/** For tests that drive the stock etcdctl. */
export const withEtcdctl = { timeout: 60_000, skip: found ? false : 'etcdctl is not installed' };

/**
 * Runs `etcdctl` in the clear against `endpoints`, comma-separated.
 * @returns what it printed
 * @throws Error with what it complained of
 */
export function etcdctl(endpoints: string, args: string, input?: string): Promise<string> {
  const env = { ...process.env, ETCDCTL_API: '3', ETCDCTL_ENDPOINTS: endpoints };
  return new Promise((resolve, reject) => {
    const child = execFile('etcdctl', args.split(' '), { env }, (error, stdout, stderr) => {
      if (error) reject(new Error(stdout + stderr));
      else resolve(stdout);
    });
    child.stdin?.end(input);
  });
}
