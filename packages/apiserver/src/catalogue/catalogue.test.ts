import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Definition, definitions, kinds } from '@flotilla/api';
import { LiveCatalogue } from './catalogue.js';

const widgets = { ...(kinds.configMaps as unknown as Definition), group: 'example.com', plural: 'widgets', kind: 'Widget' };

test('what is added is found by path, resource and kind until it is taken away', () => {
  const catalogue = new LiveCatalogue(definitions);
  const before = catalogue.definitions;
  catalogue.set('widgets.example.com', [widgets]);
  assert.equal(catalogue.find('example.com', 'v1', 'widgets'), widgets);
  assert.equal(catalogue.ofResource({ group: 'example.com', resource: 'widgets' }), widgets);
  assert.equal(catalogue.ofKind({ group: 'example.com', version: 'v1', kind: 'Widget' }), widgets);
  assert.notEqual(catalogue.definitions, before);
  assert.equal(catalogue.definitions.at(-1), widgets);
  catalogue.set('widgets.example.com', []);
  assert.equal(catalogue.find('example.com', 'v1', 'widgets'), undefined);
  assert.deepEqual(catalogue.definitions, before);
});

test('listeners hear what is gone, and nothing when nothing changed', () => {
  const catalogue = new LiveCatalogue(definitions);
  const heard: (readonly Definition[])[] = [];
  const unsubscribe = catalogue.onChange((gone) => heard.push(gone));
  catalogue.set('widgets.example.com', []);
  catalogue.set('widgets.example.com', [widgets]);
  catalogue.set('widgets.example.com', [{ ...widgets, singular: 'wdgt' }]);
  unsubscribe();
  catalogue.set('widgets.example.com', []);
  assert.deepEqual(heard, [[], [widgets]]);
});

test('a built-in kind keeps its place', () => {
  const catalogue = new LiveCatalogue(definitions);
  catalogue.set('intruder', [{ ...widgets, group: '', plural: 'configmaps' }]);
  assert.equal(catalogue.find('', 'v1', 'configmaps'), kinds.configMaps);
});
