import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import type { ReloadingTls } from '@flotilla/process';

/**
 * GETs a page of a member's peer listener.
 * @returns its JSON
 * @throws Error with the text of an answer that is no success; when nothing comes for `timeoutMs`
 */
export function getFromPeer(url: string, tls: ReloadingTls | undefined, timeoutMs: number): Promise<unknown> {
  const get = url.startsWith('https:') ? httpsGet : httpGet;
  return new Promise((resolve, reject) => {
    const request = get(url, { ...tls?.current(), timeout: timeoutMs }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => {
        try {
          if (response.statusCode !== 200) throw new Error(text.trim());
          resolve(JSON.parse(text));
        } catch (error) {
          reject(error);
        }
      });
    });
    request.on('timeout', () => request.destroy(new Error('timed out')));
    request.on('error', reject);
  });
}
