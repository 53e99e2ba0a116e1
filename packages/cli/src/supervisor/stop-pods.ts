import { spawn } from 'node:child_process';

/** Ends the containers that a kubelet leaves running when it stops; resolves once they are gone. */
export function stopPods(
  [executable, ...leading]: readonly [executable: string, ...args: string[]],
  rootDir: string,
): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn(executable, [...leading, 'kubelet', 'stop-pods', '--root-dir', rootDir], { stdio: 'ignore' });
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}
