import { type Pod, statusErrors } from '@flotilla/api';
import type { AdmissionReads, AdmissionRequest } from '../../admission.js';
import { refused } from '../refusal.js';

const pods = { group: '', plural: 'pods' } as const;

interface BoundToken {
  readonly spec?: {
    readonly boundObjectRef?: {
      readonly apiVersion?: string;
      readonly kind?: string;
      readonly name?: string;
      readonly uid?: string;
    } | null;
  };
}

/** Kubelets get tokens for the pods of their node, which die with the pod, and no others. */
export async function checkToken(request: AdmissionRequest, node: string, reads: AdmissionReads): Promise<void> {
  if (request.operation !== 'CREATE' || request.subresource !== 'token') return;
  const { apiVersion, kind, name = '', uid = '' } = (request.object as BoundToken | undefined)?.spec?.boundObjectRef ?? {}; // a TokenRequest
  if (apiVersion !== 'v1' || kind !== 'Pod' || name === '') {
    throw refused(request, 'node requested token not bound to a pod');
  }
  if (uid === '') throw refused(request, 'node requested token with a pod binding without a uid');
  const found = (await reads.cached(pods)).get(request.namespace, name) ?? (await reads.live(pods, request.namespace, name));
  if (found === undefined) throw statusErrors.notFound({ group: '', resource: 'pods' }, name);
  if (found.metadata.uid !== uid) {
    const why = 'The object might have been deleted and then recreated';
    throw refused(request, `the UID in the bound object reference (${uid}) does not match the UID in record. ${why}`);
  }
  if ((found as Pod).spec.nodeName !== node) {
    // read as one
    throw refused(request, 'node requested token bound to a pod scheduled on a different node');
  }
}
