import type { Readable, Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import type { AttachedProcess } from '../../runtimes/runtime.js';
import { endText, failureText } from './command-status.js';
import type { RemoteStreams } from './remote-streams.js';
import { terminalSizes } from './terminal-size.js';

/**
 * Joins a client's streams with those of a process until the process has ended or the client has gone, and tells the client which.
 * @param what for the message when it fails: `error executing command in container`
 */
export async function runSession(remote: RemoteStreams, what: string, start: () => Promise<AttachedProcess>): Promise<void> {
  try {
    await endStream(remote.error, await joined(remote, start));
  } catch (error) {
    await endStream(remote.error, failureText(remote.protocol, what, error));
  }
  remote.close();
}

/** @returns what the client is to be told */
async function joined(remote: RemoteStreams, start: () => Promise<AttachedProcess>): Promise<string> {
  const process = await start();
  if (remote.stdin !== undefined && process.stdin !== undefined) copy(remote.stdin, process.stdin);
  else remote.stdin?.resume();
  if (remote.resize !== undefined) terminalSizes(remote.resize, (size) => process.resize(size));
  const outputs = Promise.all([copyOutput(process.stdout, remote.stdout), copyOutput(process.stderr, remote.stderr)]);
  const gone = remote.closed.then(() => undefined);
  const end = await Promise.race([Promise.all([process.ended, outputs]).then(([ended]) => ended), gone]);
  process.detach();
  return end === undefined ? '' : endText(remote.protocol, end);
}

/** Its end is passed on; a process that does not want its input any more just gets none. */
function copy(from: Readable, to: Writable): void {
  pipeline(from, to).catch(() => from.resume());
}

async function copyOutput(from: Readable | undefined, to: Writable | undefined): Promise<void> {
  if (from === undefined || to === undefined) {
    from?.resume();
    to?.end();
    return;
  }
  await pipeline(from, to).catch(() => {});
}

async function endStream(stream: Writable, text: string): Promise<void> {
  stream.end(text);
  await finished(stream, { readable: false }).catch(() => {}); // the client has gone: nobody is left to tell
}
