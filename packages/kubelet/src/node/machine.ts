import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { availableParallelism, networkInterfaces, release, totalmem } from 'node:os';

/** What the machine has and how full it is, in bytes and counts. */
export interface Machine {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly memoryAvailableBytes: number;
  readonly diskBytes: number;
  readonly diskAvailableBytes: number;
  readonly inodes: number;
  readonly inodesFree: number;
  readonly pidsMax: number;
  readonly pids: number;
}

export interface MachineInfo {
  readonly machineID: string;
  readonly systemUUID: string;
  readonly bootID: string;
  readonly kernelVersion: string;
  readonly osImage: string;
  readonly architecture: string;
}

/** @param dir a folder on the file system whose space counts */
export async function readMachine(dir: string): Promise<Machine> {
  const disk = await statfs(dir);
  const meminfo = readText('/proc/meminfo');
  const available = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1];
  return {
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    memoryAvailableBytes: available === undefined ? totalmem() : Number(available) * 1_024,
    diskBytes: disk.blocks * disk.bsize,
    diskAvailableBytes: disk.bavail * disk.bsize,
    inodes: disk.files,
    inodesFree: disk.ffree,
    pidsMax: Number(readText('/proc/sys/kernel/pid_max').trim() || '32768'),
    // The fourth field of loadavg is <running>/<all> scheduling entities.
    pids: Number(/\/(\d+)/.exec(readText('/proc/loadavg'))?.[1] ?? '0'),
  };
}

export function readMachineInfo(): MachineInfo {
  const machineID = readText('/etc/machine-id').trim();
  return {
    machineID,
    systemUUID: readText('/sys/class/dmi/id/product_uuid').trim() || machineID,
    bootID: readText('/proc/sys/kernel/random/boot_id').trim(),
    kernelVersion: release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(readText('/etc/os-release'))?.[1] ?? 'Linux',
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
  };
}

/** The address that others reach this machine at: the first that is neither loopback nor link-local. */
export function defaultAddress(): string | undefined {
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return addresses.find(({ family, internal, address }) => family === 'IPv4' && !internal && !address.startsWith('169.254.'))
    ?.address;
}

/** Makes every address of the range local to this host, so that pods can listen on them. Needs CAP_NET_ADMIN. @throws Error with what `ip` says */
export function makeRangeLocal(cidr: string): void {
  execFileSync('ip', ['route', 'replace', 'local', cidr, 'dev', 'lo'], { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // not every machine has it, and root alone may read some
  }
}
