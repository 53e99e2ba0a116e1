import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandResult, output, run } from './command.js';
import { eventually } from './eventually.js';

const stopMs = 30_000;

/** A Docker engine of the test's own, with its data in a folder that goes away with it. */
export class DockerEngine {
  readonly env: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #daemon: ChildProcess;
  /** The machine's packet filter as it was before: the engine does not take its own rules out. */
  readonly #filter: string;

  private constructor(folder: string, daemon: ChildProcess, filter: string) {
    this.#folder = folder;
    this.#daemon = daemon;
    this.#filter = filter;
    this.env = { DOCKER_HOST: `unix://${join(folder, 'docker.sock')}`, DOCKER_BUILDKIT: '0', COMPOSE_DOCKER_CLI_BUILD: '0' };
  }

  /** @throws when there is no `dockerd` on PATH, or it does not start */
  static async start(): Promise<DockerEngine> {
    const folder = mkdtempSync(join(tmpdir(), 'flotilla-docker-'));
    const filter = (await output('iptables-save', ['-t', 'filter'])) + (await output('iptables-save', ['-t', 'nat']));
    const log = openSync(join(folder, 'log'), 'a');
    const args = [
      `--data-root=${join(folder, 'data')}`,
      `--exec-root=${join(folder, 'exec')}`,
      `--pidfile=${join(folder, 'pid')}`,
      '--bridge=none', // compose makes its own network, and takes it away again
      `--host=unix://${join(folder, 'docker.sock')}`,
    ];
    const daemon = spawn('dockerd', args, { stdio: ['ignore', log, log] });
    closeSync(log);
    const failed = new Promise<never>((_, reject) => daemon.once('error', reject));
    const engine = new DockerEngine(folder, daemon, filter);
    try {
      await Promise.race([eventually('the engine answers', () => output('docker', ['info'], { env: engine.env })), failed]);
    } catch (error) {
      throw new Error(`dockerd does not start: ${readFileSync(join(folder, 'log'), 'utf8').slice(-1_000)}`, { cause: error });
    }
    return engine;
  }

  /** Whichever compose there is: the plugin or the tool of Debian. */
  async compose(args: readonly string[], env: Readonly<Record<string, string>>): Promise<CommandResult> {
    const plugin = (await run('docker', ['compose', 'version'])).code === 0;
    const [program, leading] = plugin ? ['docker', ['compose']] : ['docker-compose', []];
    return run(program, [...leading, ...args], { env: { ...this.env, ...env }, timeoutMs: 240_000 });
  }

  /** Ends the engine and deletes all that it held. */
  async stop(): Promise<void> {
    const ended = once(this.#daemon, 'exit');
    this.#daemon.kill('SIGTERM');
    const timer = setTimeout(() => this.#daemon.kill('SIGKILL'), stopMs);
    await ended;
    clearTimeout(timer);
    await output('iptables-restore', [], { stdin: this.#filter });
    for (const mount of mountsBelow(this.#folder)) await output('umount', ['--lazy', mount]);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The engine leaves the network namespaces' mounts of its containers behind. */
function mountsBelow(folder: string): string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[1] ?? [])
    .filter((path) => path.startsWith(`${folder}/`))
    .reverse();
}
