import { type Column, nameColumn, sinceText, textColumn, wide } from '../../columns/column.js';
import type { Event } from '../../generated/types.js';
import { pathSegmentProblems } from '../../validation/names.js';
import { define } from '../define.js';
import { validateEvent } from './event-validation.js';

const nameHidden: Column = { ...nameColumn, priority: 1, cell: (object, nowMs) => nameColumn.cell(object, nowMs) };

export const eventColumns: readonly Column<Event>[] = [
  textColumn('Last Seen', 'When the event was seen last.', lastSeenText),
  textColumn('Type', 'Normal or Warning.', (event) => event.type ?? ''),
  textColumn('Reason', 'Why, in one word.', (event) => event.reason ?? ''),
  textColumn('Object', 'What the event is about.', ({ involvedObject: { kind = '', name = '' } }) =>
    name === '' ? kind.toLowerCase() : `${kind.toLowerCase()}/${name}`,
  ),
  wide(
    textColumn('Subobject', 'The part of the object that the event is about.', (event) => event.involvedObject.fieldPath ?? ''),
  ),
  wide(textColumn('Source', 'Who reported it.', sourceText)),
  textColumn('Message', 'What happened, for people.', (event) => (event.message ?? '').trim()),
  wide(textColumn('First Seen', 'When the event was seen first.', (event, nowMs) => sinceText(firstSeen(event), nowMs))),
  wide(textColumn('Count', 'How often it was seen.', countOf)),
  nameHidden,
];

export const events = define<Event>({
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  namespaced: true,
  allowCreateOnUpdate: true,
  columns: eventColumns,
  nameProblems: pathSegmentProblems,
  selectableFields: {
    'involvedObject.kind': (event) => event.involvedObject.kind ?? '',
    'involvedObject.namespace': (event) => event.involvedObject.namespace ?? '',
    'involvedObject.name': (event) => event.involvedObject.name ?? '',
    'involvedObject.uid': (event) => event.involvedObject.uid ?? '',
    'involvedObject.apiVersion': (event) => event.involvedObject.apiVersion ?? '',
    'involvedObject.resourceVersion': (event) => event.involvedObject.resourceVersion ?? '',
    'involvedObject.fieldPath': (event) => event.involvedObject.fieldPath ?? '',
    reason: (event) => event.reason ?? '',
    reportingComponent: (event) => event.reportingComponent ?? '',
    source: (event) => event.source?.component || (event.reportingComponent ?? ''),
    type: (event) => event.type ?? '',
  },

  defaults(draft) {
    draft.involvedObject ??= {};
  },

  validate: (event) => validateEvent(event, 'reportingComponent'),
});

function firstSeen(event: Event): string | undefined {
  return event.firstTimestamp ?? event.eventTime;
}

function lastSeenText(event: Event, nowMs: number): string {
  const { series, lastTimestamp } = event;
  return sinceText(series === undefined ? (lastTimestamp ?? firstSeen(event)) : series.lastObservedTime, nowMs);
}

/** Events that happened once are not counted. */
function countOf({ series, count = 0 }: Event): number {
  if (series !== undefined) return series.count ?? 0;
  return count === 0 ? 1 : count;
}

function sourceText(event: Event): string {
  const component = event.source?.component || (event.reportingComponent ?? '');
  const host = event.source?.host || (event.reportingInstance ?? '');
  return host === '' ? component : `${component}, ${host}`;
}
