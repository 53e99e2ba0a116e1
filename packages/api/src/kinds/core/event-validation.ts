import { type FieldError, invalid, required } from '../../errors/field-error.js';
import type { Event } from '../../generated/types.js';
import { equalJson, isRecord } from '../../json.js';
import type { Draft } from '../../objects.js';
import { isEmpty, problemsOf } from '../../validation/check.js';
import { qualifiedNameProblems } from '../../validation/names.js';
import { immutable } from '../../validation/object-meta.js';
import { utf8Length } from '../../values/utf8.js';

const wordCharactersMax = 128;
const noteCharactersMax = 1024;

/**
 * What every event has to fulfil, whichever group it comes through. Fields go by the core group's names.
 * @param controllerField what the group that it comes through calls its reporter
 */
export function validateEvent(event: Draft<Event>, controllerField: string): FieldError[] {
  const { metadata, involvedObject = {}, eventTime, reportingComponent = '' } = event;
  const about = involvedObject.namespace ?? '';
  const own = metadata?.namespace ?? '';
  const mismatch = invalid('involvedObject.namespace', about, 'does not match event.namespace');
  if (isEmpty(eventTime)) {
    const matches = about === '' ? own === '' || own === 'default' : about === own;
    return matches ? [] : [mismatch];
  }
  return [
    ...(about === '' && own !== 'default' && own !== 'kube-system' ? [mismatch] : []),
    ...(reportingComponent === '' ? [required(controllerField)] : []),
    ...problemsOf(controllerField, reportingComponent, qualifiedNameProblems(reportingComponent)),
    ...(['reportingInstance', 'action', 'reason'] as const).flatMap((member) => [
      ...(isEmpty(event[member]) ? [required(member)] : []),
      ...atMost(member, event[member], wordCharactersMax),
    ]),
    ...atMost('message', event.message, noteCharactersMax),
  ];
}

/** What new events of events.k8s.io have to fulfil beyond that. */
export function validateNewEvent(event: Draft<Event>): FieldError[] {
  const { eventTime, type = '', firstTimestamp, lastTimestamp, count = 0, source = {} } = event;
  const set = {
    firstTimestamp: !isEmpty(firstTimestamp),
    lastTimestamp: !isEmpty(lastTimestamp),
    count: count !== 0,
    source: !isEmpty(source.component) || !isEmpty(source.host),
  };
  return [
    ...validateSeries(event),
    ...(isEmpty(eventTime) ? [required('eventTime')] : []),
    ...(type === 'Normal' || type === 'Warning' ? [] : [invalid('type', '', `has invalid value: ${type}`)]),
    ...Object.entries(set).flatMap(([member, isSet]) => (isSet ? [invalid(member, '', 'needs to be unset')] : [])),
  ];
}

const fixed = [
  ...(['involvedObject', 'reason', 'message', 'source', 'firstTimestamp', 'lastTimestamp', 'count', 'type'] as const),
  ...(['eventTime', 'action', 'related'] as const),
];

/** Through events.k8s.io only the series of an event goes on. */
export function validateEventUpdate(event: Draft<Event>, old: Event): FieldError[] {
  return [
    ...(equalJson(event.series, old.series) ? [] : validateSeries(event)),
    ...fixed.flatMap((member) => unchanged(member, event[member], old[member])),
    ...unchanged('reportingController', event.reportingComponent, old.reportingComponent),
    ...unchanged('reportingInstance', event.reportingInstance, old.reportingInstance),
  ];
}

/** A member that is empty is one that is not there. */
function unchanged(field: string, now: unknown, before: unknown): FieldError[] {
  return isNothing(now) && isNothing(before) ? [] : immutable(field, now, before);
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === '' || value === 0 || (isRecord(value) && Object.keys(value).length === 0);
}

function validateSeries({ series }: Draft<Event>): FieldError[] {
  if (series === undefined) return [];
  return [
    ...((series.count ?? 0) < 2 ? [invalid('series.count', '', 'should be at least 2')] : []),
    ...(isEmpty(series.lastObservedTime) ? [required('series.lastObservedTime')] : []),
  ];
}

function atMost(field: string, text: string | undefined, charactersMax: number): FieldError[] {
  const long = utf8Length(text ?? '') > charactersMax; // Kubernetes counts bytes
  return long ? [invalid(field, '', `can have at most ${charactersMax} characters`)] : [];
}
