import type { Action } from './operations.js';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly type: 'string' | 'integer' | 'boolean';
  readonly description: string;
}

const query = (name: string, type: Parameter['type'], description: string): Parameter => ({
  name,
  in: 'query',
  type,
  description,
});
const inPath = (name: string, description: string): Parameter => ({ name, in: 'path', type: 'string', description });

const pretty = query('pretty', 'string', "If 'true', then the output is pretty printed.");
const dryRun = query(
  'dryRun',
  'string',
  "When 'All', nothing is persisted; the request is processed as usual in every other way.",
);
const fieldManager = query(
  'fieldManager',
  'string',
  'The name of the actor or program that makes the change, at most 128 printable characters.',
);
const fieldValidation = query(
  'fieldValidation',
  'string',
  'What happens to unknown and duplicate fields of the body: Ignore drops them, Warn drops them with a warning, Strict refuses the request.',
);
const force = query('force', 'boolean', 'Take over fields that other managers own; for apply patches only.');

const listParameters: readonly Parameter[] = [
  query(
    'allowWatchBookmarks',
    'boolean',
    'Ask for watch events of type BOOKMARK, which carry a resourceVersion and nothing else.',
  ),
  query('continue', 'string', 'Where the next page of a list begins, as the page before it said.'),
  query('fieldSelector', 'string', 'Restricts the objects by their fields. Defaults to everything.'),
  query('labelSelector', 'string', 'Restricts the objects by their labels. Defaults to everything.'),
  query('limit', 'integer', 'The most objects that one answer holds; the rest is had with continue.'),
  query('resourceVersion', 'string', 'Which state of the objects may be served; resourceVersionMatch tells how it is meant.'),
  query('resourceVersionMatch', 'string', 'NotOlderThan or Exact.'),
  query('sendInitialEvents', 'boolean', 'Begin a watch with the objects that there are, and a bookmark after them.'),
  query('timeoutSeconds', 'integer', 'How long a list or watch may take.'),
  query('watch', 'boolean', 'Answer with a stream of changes: add, update and delete notifications.'),
];

const deleteParameters: readonly Parameter[] = [
  query('gracePeriodSeconds', 'integer', 'How long the object may take to end; zero deletes it at once.'),
  query('orphanDependents', 'boolean', 'Deprecated: use propagationPolicy.'),
  query('propagationPolicy', 'string', 'What becomes of the dependents: Orphan, Background or Foreground.'),
];

export function parameters(path: string, action: Action): Parameter[] {
  return [
    ...(path.includes('{name}') ? [inPath('name', 'name of the object')] : []),
    ...(path.includes('{namespace}') ? [inPath('namespace', 'object name and auth scope, such as for teams and projects')] : []),
    ...(path.includes('{path}') ? [inPath('path', 'path to the resource')] : []),
    ...(action === 'connect' ? [] : [pretty, ...actionParameters(action)]),
  ];
}

function actionParameters(action: Action): readonly Parameter[] {
  switch (action) {
    case 'list':
    case 'watch':
    case 'watchlist':
      return listParameters;
    case 'post':
    case 'put':
      return [dryRun, fieldManager, fieldValidation];
    case 'patch':
      return [dryRun, fieldManager, fieldValidation, force];
    case 'delete':
      return [dryRun, ...deleteParameters];
    case 'deletecollection':
      return [
        dryRun,
        ...deleteParameters,
        ...listParameters.filter(({ name }) => !['watch', 'allowWatchBookmarks'].includes(name)),
      ];
    default:
      return [];
  }
}
