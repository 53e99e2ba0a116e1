import type { LabelSelector, PodTemplateSpec } from '../generated/types.js';
import type { KubernetesObject } from '../objects.js';
import { labelSelectorText } from '../selectors/label-selector.js';
import { type Column, textColumn, wide } from './column.js';

interface HasTemplate extends KubernetesObject {
  readonly spec: { readonly template?: PodTemplateSpec };
}

interface HasSelector extends KubernetesObject {
  readonly spec: { readonly selector?: LabelSelector };
}

/** What the containers of a kind that makes pods are called and run: for `-o wide`. */
export function templateColumns<T extends HasTemplate>(): Column<T>[] {
  const containersOf = (object: T) => object.spec.template?.spec?.containers ?? [];
  return [
    wide(
      textColumn('Containers', 'The containers of its pods.', (object: T) =>
        namesOf(containersOf(object).map(({ name }) => name)),
      ),
    ),
    wide(
      textColumn('Images', 'The images of its pods.', (object: T) =>
        namesOf(containersOf(object).map(({ image }) => image ?? '')),
      ),
    ),
  ];
}

export function selectorColumn<T extends HasSelector>(): Column<T> {
  return wide(
    textColumn('Selector', 'The labels of its pods.', (object: T) => {
      const text = object.spec.selector === undefined ? '' : labelSelectorText(object.spec.selector);
      return text === '' ? '<none>' : text;
    }),
  );
}

/** `a=b,c=d`, sorted, as selectors of equality are printed. */
export function mapText(map: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(map ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? '<none>' : pairs.sort().join(',');
}

function namesOf(names: readonly string[]): string {
  return names.join(',');
}
