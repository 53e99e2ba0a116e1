import type { Daemon } from '@flotilla/process';

/**
 * The daemons that the one executable can become. They are found by name at run time, never imported by this
 * package's code: the wall between the command line and the daemons stands, and a process loads only its own code. Where
 * they lie stands under "imports" in package.json, and in the bundle's own.
 */
export const daemonNames = ['store', 'apiserver', 'scheduler', 'controller-manager', 'kubelet', 'proxy', 'loadbalancer'] as const;

export type DaemonName = (typeof daemonNames)[number];

export function isDaemonName(name: string | undefined): name is DaemonName {
  return daemonNames.some((known) => known === name);
}

export async function loadDaemon(name: DaemonName): Promise<Daemon> {
  const module: { readonly daemon: Daemon } = await import(`#daemon/${name}`);
  return module.daemon;
}
