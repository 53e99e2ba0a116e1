import { stat } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { decodeSnapshot } from './decode-snapshot.js';
import { readSnapshotFile, verifySnapshotFile } from './snapshot-file.js';
import { digestBytes } from './snapshot-format.js';

export interface SnapshotStatus {
  /** Of all keys and values. */
  readonly hash: number;
  readonly revision: number;
  /** Everything that is stored, each change of a key included, as etcd counts. */
  readonly totalKey: number;
  /** Bytes, without the digest. */
  readonly totalSize: number;
}

/** @throws SnapshotFormatError when the file is no intact snapshot */
export async function snapshotStatus(path: string): Promise<SnapshotStatus> {
  await verifySnapshotFile(path);
  const { header, entries } = await decodeSnapshot(readSnapshotFile(path));
  let [hash, totalKey] = [0, 0];
  for await (const [key, value] of entries) {
    hash = crc32(value, crc32(key, hash));
    totalKey++;
  }
  const { size } = await stat(path);
  return { hash, revision: header.revision, totalKey, totalSize: size - digestBytes };
}

export const statusFormats = ['simple', 'table', 'json', 'fields'] as const;
export type StatusFormat = (typeof statusFormats)[number];

/** As `etcdctl snapshot status` prints it. */
export function formatStatus(status: SnapshotStatus, format: StatusFormat): string {
  const { hash, revision, totalKey, totalSize } = status;
  if (format === 'json') return `${JSON.stringify({ hash, revision, totalKey, totalSize })}\n`;
  if (format === 'fields') return `"Hash" : ${hash}\n"Revision" : ${revision}\n"Keys" : ${totalKey}\n"Size" : ${totalSize}\n`;
  const cells = [hash.toString(16), String(revision), String(totalKey), humanBytes(totalSize)];
  return format === 'simple' ? `${cells.join(', ')}\n` : table(['HASH', 'REVISION', 'TOTAL KEYS', 'TOTAL SIZE'], cells);
}

function table(titles: readonly string[], cells: readonly string[]): string {
  const widths = titles.map((title, i) => Math.max(title.length, cells[i]?.length ?? 0));
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+\n`;
  const row = (texts: readonly string[]) => `|${texts.map((text) => ` ${text} `).join('|')}|\n`;
  const head = titles.map((title, i) => centred(title, widths[i] ?? 0));
  const body = cells.map((cell, i) => cell.padStart(widths[i] ?? 0));
  return rule + row(head) + rule + row(body) + rule;
}

function centred(text: string, width: number): string {
  const left = Math.floor((width - text.length) / 2);
  return text.padStart(text.length + left).padEnd(width);
}

const units = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `20 kB`, `1.4 MB`: powers of a thousand, a decimal below ten. */
export function humanBytes(bytes: number): string {
  if (bytes < 10) return `${bytes} B`;
  const unit = Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = Math.floor((bytes / 1_000 ** unit) * 10 + 0.5) / 10;
  const whole = value % 1 === 0.5 ? 2 * Math.round(value / 2) : Math.round(value); // half goes to even, as Go prints it
  return `${value < 10 ? value.toFixed(1) : whole} ${units[unit]}`;
}
