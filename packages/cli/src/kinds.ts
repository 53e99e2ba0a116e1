import { type Definition, definitions } from '@flotilla/api';
import { ConfigError } from '@flotilla/process';

/** Finds a kind by what people type: `pods`, `pod`, `po`, `deployments.apps`. @throws ConfigError in kubectl's words */
export function findKind(text: string): Definition {
  const [word = '', group] = splitGroup(text.toLowerCase());
  const found = definitions.find(
    (definition) =>
      (group === undefined || definition.group === group) &&
      (definition.plural === word || definition.singular === word || definition.shortNames.includes(word)),
  );
  if (found === undefined) throw new ConfigError(`the server doesn't have a resource type "${text}"`);
  return found;
}

/** The kinds that a comma-separated word or a category, such as `all`, stands for. */
export function findKinds(text: string): Definition[] {
  return text.split(',').flatMap((word) => {
    const inCategory = definitions.filter(({ categories }) => categories.includes(word));
    return inCategory.length > 0 ? inCategory : [findKind(word)];
  });
}

function splitGroup(text: string): [string, string | undefined] {
  const dot = text.indexOf('.');
  return dot < 0 ? [text, undefined] : [text.slice(0, dot), text.slice(dot + 1)];
}
