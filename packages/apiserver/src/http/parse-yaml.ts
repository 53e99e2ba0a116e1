import { isScalar, LineCounter, parseDocument, visit, type YAMLMap } from 'yaml';
import { yamlAliasesMax } from '../limits.js';
import type { Body } from './decode.js';

/**
 * One YAML 1.2 document. A `---` at its end begins none.
 * @throws Error with the parser's text
 */
export function parseYaml(text: string): Body {
  const lineCounter = new LineCounter();
  // The parser compares each key with all before it, which takes minutes in a large map: duplicates are looked for below.
  const options = { version: '1.2', schema: 'core', logLevel: 'error', uniqueKeys: false, lineCounter } as const;
  const document = parseDocument(text.replace(/\n---\s*$/, '\n'), options);
  const [error] = document.errors;
  if (error !== undefined) throw error;
  const duplicates: string[] = [];
  visit(document, {
    Map: (_key, map) => {
      duplicates.push(...duplicatesIn(map, lineCounter));
    },
  });
  const problems = duplicates.length === 0 ? [] : [['yaml: unmarshal errors:', ...duplicates].join('\n  ')];
  return { value: document.toJS({ maxAliasCount: yamlAliasesMax }), problems };
}

function duplicatesIn({ items }: YAMLMap, lines: LineCounter): string[] {
  const seen = new Set<unknown>();
  const found: string[] = [];
  for (const { key } of items) {
    if (!isScalar(key)) continue;
    if (seen.has(key.value)) {
      found.push(`line ${lines.linePos(key.range?.[0] ?? 0).line}: key ${JSON.stringify(key.value)} already set in map`);
    }
    seen.add(key.value);
  }
  return found;
}
