import { readdirSync, readFileSync } from 'node:fs';

/** One process of this machine, told apart from a later one with the same pid, even across a reboot. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field `starttime` of /proc/<pid>/stat, in clock ticks since boot. */
  readonly startTicks: string;
  readonly bootId: string;
}

export interface ProcessStat {
  readonly pid: number;
  readonly state: string;
  readonly sessionId: number;
  readonly cpuTicks: number;
  readonly startTicks: string;
  readonly rssPages: number;
}

let bootIdRead: string | undefined;

/** Changes with every boot of the machine, so it is read once. */
function bootId(): string {
  bootIdRead ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return bootIdRead;
}

/** @returns undefined when there is no such process */
export function readStat(pid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The command name, in parentheses, may itself contain spaces and parentheses (man 5 proc).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    state: fields[0] ?? '',
    sessionId: Number(fields[3]),
    cpuTicks: Number(fields[11]) + Number(fields[12]),
    startTicks: fields[19] ?? '',
    rssPages: Number(fields[21]),
  };
}

/** @returns undefined when the process is gone already */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid);
  return stat === undefined ? undefined : { pid, startTicks: stat.startTicks, bootId: bootId() };
}

/** A zombie counts as dead: nothing of it runs any more, whether or not its parent has noticed. */
export function isAlive(identity: ProcessIdentity): boolean {
  if (identity.bootId !== bootId()) return false;
  const stat = readStat(identity.pid);
  return stat !== undefined && stat.startTicks === identity.startTicks && stat.state !== 'Z' && stat.state !== 'X';
}

export function listPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Processes whose environment holds `entry`, such as `FLOTILLA_CONTAINER_ID=…`: children inherit it wherever they go. */
export function pidsWithEnvironment(entry: string): number[] {
  return listPids().filter((pid) => {
    if (pid === process.pid) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(entry);
    } catch {
      return false; // gone, or another user's
    }
  });
}

/** @param pid negative for a process group @returns false when there is nothing to signal */
export function signalQuietly(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
