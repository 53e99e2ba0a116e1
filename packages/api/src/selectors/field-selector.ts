import type { Definition } from '../definition.js';
import { SelectorError } from './parse-label-selector.js';

/** One condition of a field selector; `==` is read as `=`. */
export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/**
 * The fieldSelector of a URL: `spec.nodeName=node-1,status.phase!=Running`. In a value, `\`, `,` and `=` are escaped by a `\`.
 * @throws SelectorError with Kubernetes' text
 */
export function parseFieldSelector(text: string): readonly FieldRequirement[] {
  return splitTerms(text)
    .sort()
    .filter((term) => term !== '')
    .map((term) => {
      const match = /^([^=!]*(?:![^=][^=!]*)*)(!=|==|=)([\s\S]*)$/.exec(term);
      if (match === null) throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
      const [, field = '', operator, value = ''] = match;
      return { field, operator: operator === '!=' ? '!=' : '=', value: unescapeValue(value) };
    });
}

/**
 * Reads the fields of a kind's objects once, for many objects.
 * @throws SelectorError for a field by which this kind cannot be selected
 */
export function fieldMatcher<T>(
  definition: Pick<Definition, 'selectableFields'>,
  requirements: readonly FieldRequirement[],
): (object: T) => boolean {
  const checks = requirements.map(({ field, operator, value }) => {
    const fields = definition.selectableFields;
    const read = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (read === undefined) throw new SelectorError(`field label not supported: ${field}`);
    return { read, equal: operator === '=', value };
  });
  return (object) => checks.every(({ read, equal, value }) => (read(object as never) === value) === equal); // its own kind's object
}

/** The value that an exact-match requirement pins a field to, such as the node of a kubelet's watch. */
export function requiredFieldValue(requirements: readonly FieldRequirement[], field: string): string | undefined {
  return requirements.find((requirement) => requirement.field === field && requirement.operator === '=')?.value;
}

export function fieldSelectorText(requirements: readonly FieldRequirement[]): string {
  return requirements.map(({ field, operator, value }) => `${field}${operator}${value.replace(/[\\,=]/g, '\\$&')}`).join(',');
}

function splitTerms(text: string): string[] {
  return text.match(/(?:\\[\s\S]|[^\\,])+|\\$/g) ?? [];
}

function unescapeValue(value: string): string {
  let result = '';
  for (let at = 0; at < value.length; at++) {
    const character = value[at] ?? '';
    if (character === '\\') {
      const escaped = value[++at] ?? '';
      if (!['\\', ',', '='].includes(escaped)) {
        throw new SelectorError(`invalid field selector: invalid escape sequence: \\${escaped}`);
      }
      result += escaped;
    } else if (character === ',' || character === '=') {
      throw new SelectorError(`invalid field selector: unescaped character in value: ${character.charCodeAt(0)}`);
    } else result += character;
  }
  return result;
}
