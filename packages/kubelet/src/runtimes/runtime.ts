import type { Duplex, Readable, Writable } from 'node:stream';

/**
 * What the kubelet needs from whatever runs containers, in the shape of the Container Runtime Interface (CRI `runtime.v1`):
 * a sandbox per pod holds its address, containers run inside it, images are looked up before. All instants are Unix milliseconds.
 * Every implementation passes `runtime-contract.ts`.
 */
export interface ContainerRuntime {
  /** As in `nodeInfo.containerRuntimeVersion`: `<name>://<version>`. */
  readonly name: string;
  readonly version: string;

  /** Sets the range that pod addresses come from. Called before the first sandbox, and again when the node's range changes. */
  updateRuntimeConfig(podCidr: string): Promise<void>;

  /** @throws RuntimeError when no address is free */
  runPodSandbox(config: PodSandboxConfig): Promise<PodSandbox>;
  /** Kills whatever still runs in the sandbox, at once. Idempotent. */
  stopPodSandbox(sandboxId: string): Promise<void>;
  /** Removes a stopped sandbox with its containers and gives its address back. Idempotent. */
  removePodSandbox(sandboxId: string): Promise<void>;
  listPodSandboxes(): Promise<readonly PodSandbox[]>;

  /** @returns the container's id; it does not run yet */
  createContainer(sandboxId: string, config: ContainerConfig): Promise<string>;
  /** Resolves once the process runs (or ran already). @throws RuntimeError when it cannot be started */
  startContainer(containerId: string): Promise<void>;
  /**
   * Asks the container to end, and kills its whole process group once the deadline has passed. Resolves when it has ended. Idempotent.
   * The caller may bring the deadline forward meanwhile.
   */
  stopContainer(containerId: string, deadline: StopDeadline): Promise<void>;
  /** Removes an ended container and its log. Idempotent. */
  removeContainer(containerId: string): Promise<void>;
  /** All containers, ended ones too, with their status read afresh. */
  listContainers(): Promise<readonly ContainerStatus[]>;
  containerStatus(containerId: string): Promise<ContainerStatus | undefined>;
  /** Runs one command inside the container to its end. `exitCode` is undefined when it took longer than the timeout and was killed. */
  execSync(containerId: string, command: readonly string[], timeoutMs: number): Promise<ExecResult>;
  /** Starts a command inside a running container, with the streams that are asked for. @throws RuntimeError when it cannot be started */
  exec(containerId: string, command: readonly string[], streams: StreamOptions): Promise<AttachedProcess>;
  /**
   * Joins in on the streams of a running container's own process: what it prints from now on, and its input if the container has one.
   * Ends with exit code 0 whatever the container's is. @throws RuntimeError
   */
  attach(containerId: string, streams: Omit<StreamOptions, 'tty'>): Promise<AttachedProcess>;
  /** Opens a connection to a port of the pod. @throws Error when nobody listens there */
  portForward(sandboxId: string, port: number): Promise<Duplex>;
  /** CPU and memory that each running container uses now, by container id. */
  containerStats(): Promise<ReadonlyMap<string, ContainerStats>>;

  /** @returns undefined when the image is not here */
  imageStatus(image: ImageSpec): Promise<Image | undefined>;
  /** @throws RuntimeError saying why the image cannot be had and what to do */
  pullImage(image: ImageSpec): Promise<Image>;

  /** Calls the listener with the pod's uid whenever a container of it changed state. @returns how to stop listening */
  onChange(listener: (podUid: string) => void): () => void;
  /** Lets go of watches and timers; containers keep running. */
  close(): Promise<void>;
}

export interface PodSandboxConfig {
  readonly podUid: string;
  readonly namespace: string;
  readonly name: string;
  readonly nodeName: string;
  readonly hostname: string;
  /** With the host's network the pod has the node's address instead of its own. */
  readonly hostAddress: string | undefined;
}

export interface PodSandbox {
  readonly id: string;
  readonly podUid: string;
  readonly namespace: string;
  readonly name: string;
  readonly ip: string;
  readonly createdAtMs: number;
  readonly state: 'SANDBOX_READY' | 'SANDBOX_NOTREADY';
}

export interface ContainerConfig {
  readonly name: string;
  /** 0 for the first run of this container in the pod, then 1, 2, …: its restart count. */
  readonly attempt: number;
  readonly image: ImageSpec;
  /** Replaces the image's entry point when not empty. */
  readonly command: readonly string[];
  /** Replaces the image's arguments when not empty. */
  readonly args: readonly string[];
  readonly workingDir: string | undefined;
  readonly envs: readonly EnvEntry[];
  readonly mounts: readonly Mount[];
  /** An input that stays open, for those who attach. */
  readonly stdin: boolean;
  /** The input ends when the first who attached to it leaves. */
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  /** Absolute path of the log file, in CRI's format. */
  readonly logPath: string;
  /** A hash of the container's spec, kept with the container so that a restarted kubelet sees whether it changed. */
  readonly specHash: string;
}

export interface EnvEntry {
  readonly name: string;
  readonly value: string;
}

export interface Mount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly readOnly: boolean;
}

export interface ContainerStatus {
  readonly id: string;
  readonly podSandboxId: string;
  readonly podUid: string;
  readonly name: string;
  readonly attempt: number;
  readonly state: 'CONTAINER_CREATED' | 'CONTAINER_RUNNING' | 'CONTAINER_EXITED';
  readonly createdAtMs: number;
  readonly startedAtMs: number | undefined;
  readonly finishedAtMs: number | undefined;
  readonly exitCode: number | undefined;
  readonly signal: number | undefined;
  /** As in `state.terminated`: `Completed`, `Error`, `StartError`, … */
  readonly reason: string | undefined;
  readonly message: string | undefined;
  readonly image: string;
  readonly imageRef: string;
  readonly logPath: string;
  readonly specHash: string;
}

export interface ContainerStats {
  readonly cpuNanos: number;
  readonly memoryBytes: number;
  readonly processes: number;
}

export interface ImageSpec {
  readonly image: string;
  /** The container's own command. A runtime without real images can do without one when there is a command to run. */
  readonly command: readonly string[];
}

export interface Image {
  /** What `containerStatuses[].imageID` shows. */
  readonly ref: string;
  readonly sizeBytes: number;
}

export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
}

export interface StreamOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** A terminal of its own, on which stdout and stderr are one. */
  readonly tty: boolean;
}

/** In characters. */
export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

export interface CommandEnd {
  /** 128 + n for a command that signal n ended. */
  readonly exitCode: number;
}

/** A process whose streams the caller holds. Only those that were asked for and that the process has are there. */
export interface AttachedProcess {
  readonly stdin: Writable | undefined;
  readonly stdout: Readable | undefined;
  readonly stderr: Readable | undefined;
  readonly ended: Promise<CommandEnd>;
  /** Does nothing without a terminal. */
  resize(size: TerminalSize): void;
  /** Lets go of the streams; the process goes on, as far as it can without them. Idempotent. */
  detach(): void;
}

/** The runtime's refusal, in words for `kubectl describe`. */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
}

/** The instant at which a stop turns into a kill. It can be brought forward, never put off. */
export class StopDeadline {
  #atMs: number;
  readonly #listeners = new Set<() => void>();

  /** @param atMs an instant of the monotonic clock */
  constructor(atMs: number) {
    this.#atMs = atMs;
  }

  get atMs(): number {
    return this.#atMs;
  }

  bringForward(atMs: number): void {
    if (atMs >= this.#atMs) return;
    this.#atMs = atMs;
    for (const listener of [...this.#listeners]) listener();
  }

  /** @returns how to stop listening */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
