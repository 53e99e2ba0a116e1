import type { Command } from 'commander';

/** One word after `flotilla`. Its folder says everything about it; `verbs/index.ts` lists it. */
export interface Verb {
  readonly name: string;
  readonly description: string;
  /** Arguments as commander writes them: `<name>`, `[names...]`. */
  readonly arguments?: string;
  /** Adds the flags. */
  options?(command: Command): void;
  /**
   * @returns the process's exit code
   * @throws ConfigError, StatusError or ConnectionError, which become one line on standard error and exit code 1
   */
  run(positional: readonly string[], options: VerbOptions): Promise<number>;
}

/** Parsed flags, camel-cased; each verb reads its own through a typed view. */
export type VerbOptions = Readonly<Record<string, unknown>>;
