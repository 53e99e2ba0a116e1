import { existsSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ContainerConfig, Mount, PodSandboxConfig } from '../runtime.js';
import type { CatalogImage } from './image-catalog.js';

/**
 * Without root there is nothing to mount: a container gets a folder of its own instead, in which every `mountPath` is a symbolic link
 * to the volume. `/etc/config` is at `$FLOTILLA_ROOT/etc/config`.
 */
export function layOutRoot(root: string, mounts: readonly Mount[]): void {
  rmSync(root, { recursive: true, force: true }); // links only, and what the container left beside them: a restart begins afresh
  mkdirSync(root, { recursive: true, mode: 0o755 });
  // Shorter paths first: a mount inside another one then lands in the outer volume, as it would when mounted.
  for (const mount of [...mounts].sort((a, b) => a.containerPath.length - b.containerPath.length)) {
    const link = insideRoot(root, mount.containerPath);
    if (link === root) continue;
    mkdirSync(dirname(link), { recursive: true, mode: 0o755 });
    rmSync(link, { recursive: true, force: true });
    if (!existsSync(mount.hostPath)) mkdirSync(mount.hostPath, { recursive: true }); // a subPath that nobody has made yet
    symlinkSync(mount.hostPath, link);
  }
}

/** A `workingDir` is meant as a path in the container: there if it is there, else the host's if it has it, else made in the container. */
export function workingDirectory(root: string, wanted: string | undefined): string {
  if (wanted === undefined || wanted === '') return root;
  const inside = insideRoot(root, wanted);
  if (isDirectory(inside)) return inside;
  if (isDirectory(wanted)) return wanted;
  mkdirSync(inside, { recursive: true, mode: 0o755 });
  return inside;
}

/** What every container of this runtime finds in its environment, then the image's variables, then the container's own. */
export function containerEnvironment(
  sandbox: PodSandboxConfig & { readonly ip: string },
  config: ContainerConfig,
  image: CatalogImage | undefined,
  root: string,
): Record<string, string> {
  const volumes = Object.fromEntries(config.mounts.map((mount) => [mount.containerPath, mount.hostPath]));
  return {
    PATH: process.env['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: root,
    HOSTNAME: sandbox.hostname,
    HOST: sandbox.ip,
    POD_IP: sandbox.ip,
    POD_NAME: sandbox.name,
    POD_NAMESPACE: sandbox.namespace,
    POD_UID: sandbox.podUid,
    NODE_NAME: sandbox.nodeName,
    FLOTILLA_ROOT: root,
    FLOTILLA_VOLUMES: JSON.stringify(volumes),
    ...Object.fromEntries((image?.env ?? []).map(({ name, value }) => [name, value])),
    ...Object.fromEntries(config.envs.map(({ name, value }) => [name, value])),
  };
}

/** The command line: the container's command and args replace the image's by the rules of the Pod API (`command`, `args`). */
export function commandLine(config: ContainerConfig, image: CatalogImage | undefined): readonly string[] {
  if (config.command.length > 0) return [...config.command, ...config.args];
  return [...(image?.command ?? []), ...(config.args.length > 0 ? config.args : (image?.args ?? []))];
}

function insideRoot(root: string, path: string): string {
  return join(root, resolve('/', path)); // resolve first: `..` must not lead out of the root
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
