import type { AuditTools } from './audit.js';
import type { AuditBackend } from './backend.js';
import { type AuditEvent, legacyLine } from './event.js';
import type { AuditFlags } from './flags.js';
import { LogFile } from './log-file.js';

const dayMs = 24 * 3_600_000;

/** `--audit-log-…` */
export function openLogBackend(path: string, flags: AuditFlags, { clock, lost }: AuditTools): AuditBackend {
  const encode = flags.auditLogFormat === 'legacy' ? legacyLine : (event: AuditEvent) => JSON.stringify(event);
  if (path === '-') {
    return {
      encode,
      process(lines) {
        process.stdout.write(`${lines.join('\n')}\n`);
        return true;
      },
      hurry: () => undefined,
      close: () => undefined,
    };
  }
  const file = new LogFile(
    {
      ...{ path, clock, compress: flags.auditLogCompress },
      bytesMax: flags.auditLogMaxsize * 1024 * 1024,
      backupsMax: flags.auditLogMaxbackup,
      ageMaxMs: flags.auditLogMaxage * dayMs,
    },
    (error, lines) => lost('log', lines, error),
  );
  // Only who has to know at once whether a line is there pays for a write of its own.
  const atOnce = flags.auditLogMode !== 'blocking';
  return {
    encode,
    process(lines) {
      for (const line of lines) file.write(line);
      return atOnce ? file.flush() : true;
    },
    hurry: () => undefined,
    close: () => file.close(),
  };
}
