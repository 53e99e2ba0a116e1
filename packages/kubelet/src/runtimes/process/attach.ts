import { PassThrough, Writable } from 'node:stream';
import { type AttachedProcess, RuntimeError, type StreamOptions } from '../runtime.js';
import { AttachFrameReader, attachKinds, encodeAttachFrame } from './attach-frames.js';
import { connectInFolder } from './attach-socket.js';
import type { ContainerProcess } from './container-process.js';

/** The kubelet's side of attach. @throws RuntimeError when the container's shim does not answer */
export async function attachToContainer(
  { dir, record }: ContainerProcess,
  wanted: Omit<StreamOptions, 'tty'>,
): Promise<AttachedProcess> {
  const socket = await connectInFolder(dir).catch((error: unknown) => {
    throw new RuntimeError(`container ${record.id} cannot be attached to`, { cause: error });
  });
  socket.on('error', () => socket.destroy());
  const send = (kind: number, data: Buffer, sent?: () => void) => void socket.write(encodeAttachFrame(kind, data), sent);
  const open = { stdin: wanted.stdin && record.stdin, stdout: wanted.stdout, stderr: wanted.stderr && !record.tty };
  send(attachKinds.open, Buffer.from(JSON.stringify(open)));
  const stdin = new Writable({
    write: (data: Buffer, _encoding, done) => send(attachKinds.stdin, data, done),
    final: (done) => send(attachKinds.stdinEnd, Buffer.alloc(0), done),
  });
  const outputs = { stdout: new PassThrough(), stderr: new PassThrough() };
  const receive = async () => {
    const reader = new AttachFrameReader();
    try {
      for await (const chunk of socket as AsyncIterable<Buffer>) {
        for (const { kind, data } of reader.push(chunk)) {
          const output = kind === attachKinds.stderr ? outputs.stderr : outputs.stdout;
          if (!output.write(data)) await new Promise<void>((resolve) => output.once('drain', resolve).once('close', resolve));
        }
      }
    } catch {
      // cut off, by us or by the shim: the end, either way
    }
    outputs.stdout.end();
    outputs.stderr.end();
    return { exitCode: 0 };
  };
  return {
    stdin: open.stdin ? stdin : undefined,
    stdout: open.stdout ? outputs.stdout : undefined,
    stderr: open.stderr ? outputs.stderr : undefined,
    ended: receive(),
    resize: (size) => record.tty && send(attachKinds.resize, Buffer.from(JSON.stringify(size))),
    detach: () => socket.destroy(),
  };
}
