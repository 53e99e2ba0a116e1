import { assert } from '@flotilla/base';
import type { Definition, LocalConversion } from './definition.js';

/** How a kind that nobody else converts is converted; undefined: it is stored as it is served. */
export function localConversion({ conversion }: Pick<Definition, 'conversion'>): LocalConversion | undefined {
  assert(conversion === undefined || !('remote' in conversion), 'who has somebody else convert has to wait');
  return conversion;
}
