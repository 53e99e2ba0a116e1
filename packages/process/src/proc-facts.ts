import { readdir, readFile } from 'node:fs/promises';
import { Gauge, type Registry } from 'prom-client';

/** What only Linux's /proc tells of this process. Elsewhere the metrics have no value. */
export function registerProcFacts(registers: Registry[]): void {
  const fact = (name: string, help: string, read: () => Promise<number | undefined>) =>
    new Gauge({
      ...{ name, help, registers },
      async collect() {
        const value = await read().catch(() => undefined);
        if (value === undefined) this.reset();
        else this.set(value);
      },
    });
  fact('process_open_fds', 'Number of open file descriptors.', openFiles);
  fact('process_max_fds', 'Maximum number of open file descriptors.', () => limit('Max open files'));
  fact('process_virtual_memory_bytes', 'Virtual memory size in bytes.', virtualBytes);
  fact('process_virtual_memory_max_bytes', 'Maximum amount of virtual memory available in bytes.', () =>
    limit('Max address space'),
  );
}

async function openFiles(): Promise<number> {
  return (await readdir('/proc/self/fd')).length;
}

async function limit(name: string): Promise<number | undefined> {
  const line = new RegExp(`^${name} +(\\S+)`, 'm').exec(await readFile('/proc/self/limits', 'utf8'));
  return line?.[1] === 'unlimited' ? Number.POSITIVE_INFINITY : line === null ? undefined : Number(line[1]);
}

async function virtualBytes(): Promise<number | undefined> {
  const line = /^VmSize:\s+(\d+) kB$/m.exec(await readFile('/proc/self/status', 'utf8'));
  return line === null ? undefined : Number(line[1]) * 1_024;
}
