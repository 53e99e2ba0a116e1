import type { Column } from '../../columns/column.js';
import type { Event, EventsV1Event } from '../../generated/types.js';
import type { Draft, KubernetesObject } from '../../objects.js';
import { eventColumns } from '../core/event.js';
import { validateEvent, validateEventUpdate, validateNewEvent } from '../core/event-validation.js';
import { define } from '../define.js';

/** The same events as the core group's, under the names of their newer API. They are stored in the core group's form. */
export const eventsV1 = define<EventsV1Event>({
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  namespaced: true,
  allowCreateOnUpdate: true,
  model: 'EventsV1Event',
  conversion: { toStorage: toCore, fromStorage: fromCore },
  columns: eventColumns.map(overConverted),
  selectableFields: {
    'regarding.kind': (event) => event.regarding?.kind ?? '',
    'regarding.namespace': (event) => event.regarding?.namespace ?? '',
    'regarding.name': (event) => event.regarding?.name ?? '',
    'regarding.uid': (event) => event.regarding?.uid ?? '',
    'regarding.apiVersion': (event) => event.regarding?.apiVersion ?? '',
    'regarding.resourceVersion': (event) => event.regarding?.resourceVersion ?? '',
    'regarding.fieldPath': (event) => event.regarding?.fieldPath ?? '',
    reason: (event) => event.reason ?? '',
    reportingController: (event) => event.reportingController ?? '',
    type: (event) => event.type ?? '',
  },

  validate: (event) => validateEvent(draftOf(event), 'reportingController'),
  validateCreate: (event) => validateNewEvent(draftOf(event)),
  validateUpdate: (event, old) => validateEventUpdate(draftOf(event), toCore(old)),
});

/** Member by member: the core group's name, and the newer one. */
const renamed = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['reportingComponent', 'reportingController'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
] as const;

/** Errors are told of the core group's members. */
function draftOf(event: Draft<EventsV1Event>): Draft<Event> {
  return toCore(event as KubernetesObject) as Draft<Event>; // the same members, by other names
}

function toCore(object: KubernetesObject): Event {
  const names = new Map<string, string>(renamed.map(([core, events]) => [events, core]));
  const members = Object.entries(object).map(([name, value]) => [names.get(name) ?? name, value]);
  return { involvedObject: {}, ...Object.fromEntries(members), apiVersion: 'v1' };
}

function fromCore(object: KubernetesObject): KubernetesObject {
  const names = new Map<string, string>(renamed);
  const members = Object.entries(object).map(([name, value]) => [names.get(name) ?? name, value]);
  return { ...Object.fromEntries(members), apiVersion: 'events.k8s.io/v1' };
}

function overConverted(column: Column<Event>): Column<EventsV1Event> {
  return { ...column, cell: (event, nowMs) => column.cell(toCore(event), nowMs) };
}
