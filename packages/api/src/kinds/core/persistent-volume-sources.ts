import { type FieldError, invalid } from '../../errors/field-error.js';
import type { GlusterfsPersistentVolumeSource, ISCSIPersistentVolumeSource } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { needs, validateIscsi } from '../../pods/volume-sources.js';
import { problemsOf } from '../../validation/check.js';
import { dns1123LabelProblems } from '../../validation/names.js';

/** What volumes of pods have not, or say in other words. */

export function validateGlusterfsVolume(source: Draft<GlusterfsPersistentVolumeSource>, at: string): FieldError[] {
  const { endpointsNamespace: namespace } = source;
  const errors = needs(source, at, 'endpoints', 'path');
  if (namespace === undefined) return errors;
  const problem = 'if the endpointnamespace is set, it must be a valid namespace name';
  const problems = namespace === '' ? [problem] : dns1123LabelProblems(namespace);
  return [...errors, ...problemsOf(`${at}.endpointsNamespace`, namespace, problems)];
}

const portalCharactersMax = 64;
const portalTooLong =
  'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';

/** @param name the volume's, of which the name of a session is made */
export function validateIscsiVolume(source: Draft<ISCSIPersistentVolumeSource>, at: string, name: string): FieldError[] {
  const { initiatorName, targetPortal = '', secretRef } = source;
  const isLong = initiatorName !== undefined && `${name}:${targetPortal}`.length > portalCharactersMax;
  return [
    ...(isLong ? [invalid(`${at}.targetportal`, targetPortal, portalTooLong)] : []),
    // Of a name of unknown form Kubernetes says less here than of the one in a pod's volume.
    ...validateIscsi(source, at).map(({ message, ...error }) => ({
      ...error,
      message: message.replace(/ starting with iqn, eui, or naa$/, ''),
    })),
    ...(secretRef === undefined ? [] : needs(secretRef, `${at}.secretRef`, 'name')),
  ];
}
