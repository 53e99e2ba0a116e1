import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { Container, HostPathVolumeSource, Pod, Volume } from '@flotilla/api';
import type { Clock } from '@flotilla/base';
import { expand } from '../pods/expansion.js';
import { podUid } from '../pods/pod-state.js';
import type { Mount } from '../runtimes/runtime.js';
import { writeAtomically } from './atomic-writer.js';
import {
  configMapFiles,
  downwardFiles,
  type PayloadContext,
  projectedFiles,
  secretFiles,
  VolumeError,
  type VolumeFile,
} from './payload.js';

export { VolumeError } from './payload.js';

export interface VolumeManagerOptions {
  /** `<root-dir>/pods`: one folder per pod, as in Kubernetes (`<uid>/volumes/kubernetes.io~configmap/<name>`). */
  readonly podsDir: string;
  /** `<root-dir>/logs`: what `/var/log/pods` is in Kubernetes. */
  readonly logsDir: string;
  readonly clock: Clock;
  readonly context: Pick<PayloadContext, 'hostIp' | 'config' | 'token'>;
  nodeAllocatable(): Readonly<Record<string, string>>;
}

/** Keeps the folders that stand for a pod's volumes. */
export class VolumeManager {
  readonly #options: VolumeManagerOptions;

  constructor(options: VolumeManagerOptions) {
    this.#options = options;
  }

  /** Sets up or refreshes all volumes. @returns the folder (or file) of each, by the volume's name @throws VolumeError */
  async prepare(pod: Pod, podIp: string): Promise<ReadonlyMap<string, string>> {
    const volumes = pod.spec.volumes ?? [];
    if (volumes.length === 0) return new Map();
    const context = { ...this.#options.context, pod, podIp, nodeAllocatable: this.#options.nodeAllocatable() };
    const paths = new Map<string, string>();
    for (const volume of volumes) {
      try {
        paths.set(volume.name, await this.#prepareOne(volume, context));
      } catch (error) {
        throw new VolumeError(
          `MountVolume.SetUp failed for volume "${volume.name}" : ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }
    return paths;
  }

  mounts(pod: Pod, container: Container, volumes: ReadonlyMap<string, string>): Mount[] {
    return (container.volumeMounts ?? []).map(({ name, mountPath, subPath, subPathExpr, readOnly }) => {
      const path = volumes.get(name);
      if (path === undefined)
        throw new VolumeError(`volume "${name}" of container "${container.name}" does not exist in pod ${pod.metadata.name}`);
      const values = new Map((container.env ?? []).map((variable) => [variable.name, variable.value]));
      const below = subPathExpr !== undefined ? expand(subPathExpr, (variable) => values.get(variable)) : (subPath ?? '');
      if (isAbsolute(below) || below.split('/').includes('..')) {
        throw new VolumeError(`subPath must be a relative path without "..": ${below}`);
      }
      return { hostPath: join(path, below), containerPath: mountPath, readOnly: readOnly === true };
    });
  }

  /** Where the logs of the pod's containers go, a folder per container. */
  logDir({ metadata: { namespace, name, uid } }: Pod): string {
    return join(this.#options.logsDir, `${namespace}_${name}_${uid}`);
  }

  /** Removes the pod's volumes and logs. */
  async remove(pod: Pod): Promise<void> {
    await rm(this.logDir(pod), { recursive: true, force: true });
    await rm(join(this.#options.podsDir, podUid(pod)), { recursive: true, force: true });
  }

  async #prepareOne(volume: Volume, context: PayloadContext): Promise<string> {
    const { emptyDir, hostPath, configMap, secret, downwardAPI, projected } = volume;
    if (hostPath !== undefined) return prepareHostPath(hostPath);
    if (emptyDir !== undefined) return this.#dir(context.pod, 'empty-dir', volume.name);
    if (configMap !== undefined) {
      const { name = '', items, optional, defaultMode = 0o644 } = configMap;
      return this.#write(
        context.pod,
        'configmap',
        volume.name,
        await configMapFiles(context, { name, items, optional: optional === true, mode: defaultMode }),
      );
    }
    if (secret !== undefined) {
      const { secretName: name = '', items, optional, defaultMode = 0o644 } = secret;
      return this.#write(
        context.pod,
        'secret',
        volume.name,
        await secretFiles(context, { name, items, optional: optional === true, mode: defaultMode }),
      );
    }
    if (downwardAPI !== undefined) {
      return this.#write(
        context.pod,
        'downward-api',
        volume.name,
        downwardFiles(context, downwardAPI.items ?? [], downwardAPI.defaultMode ?? 0o644),
      );
    }
    if (projected !== undefined) {
      return this.#write(
        context.pod,
        'projected',
        volume.name,
        await projectedFiles(context, projected.sources ?? [], projected.defaultMode ?? 0o644),
      );
    }
    const kind = Object.keys(volume).find((key) => key !== 'name');
    throw new VolumeError(`volumes of type ${kind} are not supported`);
  }

  async #write(pod: Pod, plugin: string, name: string, files: readonly VolumeFile[]): Promise<string> {
    const dir = await this.#dir(pod, plugin, name);
    await writeAtomically(dir, files, new Date(this.#options.clock.wallMs()).toISOString().replace(/[-:.TZ]/g, '_'));
    return dir;
  }

  async #dir(pod: Pod, plugin: string, name: string): Promise<string> {
    const dir = join(this.#options.podsDir, podUid(pod), 'volumes', `kubernetes.io~${plugin}`, name);
    await mkdir(dir, { recursive: true, mode: 0o777 });
    return dir;
  }
}

/** Checks or makes what `type` asks for. @throws VolumeError */
async function prepareHostPath({ path, type = '' }: HostPathVolumeSource): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (type === 'DirectoryOrCreate' && found === undefined) await mkdir(path, { recursive: true, mode: 0o755 });
  else if (type === 'FileOrCreate' && found === undefined) await writeFile(path, '', { mode: 0o644 });
  else if (type.startsWith('Directory') && found?.isDirectory() !== true)
    throw new VolumeError(`hostPath type check failed: ${path} is not a directory`);
  else if (type.startsWith('File') && found?.isFile() !== true)
    throw new VolumeError(`hostPath type check failed: ${path} is not a file`);
  else if (type === 'Socket' && found?.isSocket() !== true)
    throw new VolumeError(`hostPath type check failed: ${path} is not a socket file`);
  return path;
}
