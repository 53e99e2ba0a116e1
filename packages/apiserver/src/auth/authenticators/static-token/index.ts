import { createHash } from 'node:crypto';
import { ConfigError } from '@flotilla/process';
import { authenticatedGroup, type UserInfo } from '../../user-info.js';
import type { TokenAuthenticator } from '../authenticator.js';

/**
 * Tokens from `--token-auth-file`, one a line: `token,user,uid` and optionally `"group1,group2"`.
 * @param path for messages
 * @throws ConfigError for a line that has too few columns or repeats a token
 */
export function staticTokenAuthenticator(csv: string, path: string): TokenAuthenticator {
  const users = new Map<string, UserInfo>();
  for (const [index, line] of csv.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [token = '', username = '', uid = '', groups = ''] = parseCsvLine(line);
    if (token === '' || username === '') {
      throw new ConfigError(`${path}:${index + 1}: want at least three columns: token, user name, user uid`);
    }
    const key = digest(token);
    if (users.has(key)) throw new ConfigError(`${path}:${index + 1}: this token occurs twice`);
    const named = groups
      .split(',')
      .map((group) => group.trim())
      .filter((group) => group !== '');
    users.set(key, { username, uid, groups: [...named, authenticatedGroup], extra: {} });
  }
  return {
    name: 'tokenfile',
    authenticateToken(token) {
      const user = users.get(digest(token));
      return user === undefined ? undefined : { user, audiences: [] };
    },
  };
}

/** Looked up by digest, so that the time a lookup takes tells nothing about a token. */
function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}

/** Columns of one line; a quoted column may contain commas, and `""` for a quote. */
function parseCsvLine(line: string): readonly string[] {
  const columns: string[] = [];
  const column = /\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,|$)/y;
  while (column.lastIndex < line.length) {
    const match = column.exec(line);
    if (match === null) break;
    columns.push(match[1]?.replaceAll('""', '"') ?? match[2]?.trim() ?? '');
  }
  return columns;
}
