import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { Container, HostPathVolumeSource, Pod, Volume } from '@flotilla/api';
import { type Clock, errorMessage } from '@flotilla/base';
import { expand } from '../pods/expansion.js';
import { podUid } from '../pods/pod-state.js';
import type { Mount } from '../runtimes/runtime.js';
import { isWritten, writeAtomically } from './atomic-writer.js';
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
        throw new VolumeError(`MountVolume.SetUp failed for volume "${volume.name}" : ${errorMessage(error)}`);
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
    if (volume.hostPath !== undefined) return prepareHostPath(volume.hostPath);
    if (volume.emptyDir !== undefined) return this.#dir(context.pod, 'empty-dir', volume.name);
    const payload = payloadOf(volume);
    const dir = await this.#dir(context.pod, payload.plugin, volume.name);
    try {
      await writeAtomically(dir, await payload.files(context), this.#version());
    } catch (error) {
      // A refresh that fails takes nothing away from what the pod has: its containers can be started again without the API.
      if (!(await isWritten(dir))) throw error;
    }
    return dir;
  }

  #version(): string {
    return new Date(this.#options.clock.wallMs()).toISOString().replace(/[-:.TZ]/g, '_');
  }

  async #dir(pod: Pod, plugin: string, name: string): Promise<string> {
    const dir = join(this.#options.podsDir, podUid(pod), 'volumes', `kubernetes.io~${plugin}`, name);
    await mkdir(dir, { recursive: true, mode: 0o777 });
    return dir;
  }
}

interface Payload {
  /** As in the names of Kubernetes' volume plugins. */
  readonly plugin: string;
  files(context: PayloadContext): Promise<VolumeFile[]> | VolumeFile[];
}

const modeDefault = 0o644;

/** @throws VolumeError for a kind of volume that this kubelet does not know */
function payloadOf({ configMap, secret, downwardAPI, projected, ...others }: Volume): Payload {
  if (configMap !== undefined) {
    const { name = '', items, optional = false, defaultMode: mode = modeDefault } = configMap;
    return { plugin: 'configmap', files: (context) => configMapFiles(context, { name, items, optional, mode }) };
  }
  if (secret !== undefined) {
    const { secretName: name = '', items, optional = false, defaultMode: mode = modeDefault } = secret;
    return { plugin: 'secret', files: (context) => secretFiles(context, { name, items, optional, mode }) };
  }
  if (downwardAPI !== undefined) {
    const { items = [], defaultMode = modeDefault } = downwardAPI;
    return { plugin: 'downward-api', files: (context) => downwardFiles(context, items, defaultMode) };
  }
  if (projected !== undefined) {
    const { sources = [], defaultMode = modeDefault } = projected;
    return { plugin: 'projected', files: (context) => projectedFiles(context, sources, defaultMode) };
  }
  const kind = Object.keys(others).find((key) => key !== 'name');
  throw new VolumeError(`volumes of type ${kind} are not supported`);
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
