import { errorMessage } from '@flotilla/base';
import type { CommandEnd } from '../../runtimes/runtime.js';

/** From this protocol on, what became of a command is told as a Status; before, as text, and nothing when all went well. */
const statusProtocols: ReadonlySet<string> = new Set(['v4.channel.k8s.io', 'v4.base64.channel.k8s.io', 'v5.channel.k8s.io']);

/** What goes out on the error stream when a command has ended: kubectl takes its own exit code from it. */
export function endText(protocol: string, end: CommandEnd): string {
  const message = `command terminated with non-zero exit code: exit status ${end.exitCode}`;
  if (!statusProtocols.has(protocol)) return end.exitCode === 0 ? '' : message;
  if (end.exitCode === 0) return JSON.stringify({ metadata: {}, status: 'Success' });
  const causes = [{ reason: 'ExitCode', message: String(end.exitCode) }];
  return JSON.stringify({ metadata: {}, status: 'Failure', message, reason: 'NonZeroExitCode', details: { causes } });
}

/** The same when it could not be run. */
export function failureText(protocol: string, what: string, error: unknown): string {
  const problem = `${what}: ${errorMessage(error)}`;
  if (!statusProtocols.has(protocol)) return problem;
  const message = `Internal error occurred: ${problem}`;
  const details = { causes: [{ message: problem }] };
  return JSON.stringify({ metadata: {}, status: 'Failure', message, reason: 'InternalError', details, code: 500 });
}
