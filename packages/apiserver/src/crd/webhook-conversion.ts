import {
  type CustomResourceDefinition,
  groupVersionKindText,
  type KubernetesObject,
  type LocalConversion,
  parseApiVersion,
  type RemoteConversion,
  StatusError,
} from '@flotilla/api';
import { errorMessage, type Random } from '@flotilla/base';
import { conversionAnswerBytesMax, conversionTimeoutMs } from '../limits.js';
import { newUid } from '../registry/identity.js';
import type { ServiceReads, WebhookClient } from '../webhooks/webhook-client.js';
import { acceptConverted, convertedObjects } from './conversion-answer.js';

/** What it takes to ask conversion webhooks. */
export interface ConversionTools {
  readonly webhooks: WebhookClient;
  readonly reads: ServiceReads;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** In the order of preference of whoever wrote the definition; both have the same shape. */
const knownReviews = ['v1', 'v1beta1'];

/**
 * conversion.strategy Webhook (apiextensions.k8s.io/v1 ConversionReview): objects that are not of the wanted version already are sent to the
 * definition's webhook, all that are asked for at a time in one review. What comes back is brought into the shape of its version's schema,
 * like everything that is read.
 * @param shape of the versions, by name
 */
export function webhookConversion(
  crd: CustomResourceDefinition,
  version: string,
  storage: string,
  shape: (version: string) => LocalConversion,
  tools: ConversionTools,
): RemoteConversion {
  const { group } = crd.spec;
  const convert = async (objects: readonly KubernetesObject[], to: string): Promise<readonly KubernetesObject[]> => {
    const apiVersion = `${group}/${to}`;
    const others = objects.filter((object) => object.apiVersion !== apiVersion);
    const converted = others.length === 0 ? [] : await ask(crd, others, apiVersion, tools);
    const byOriginal = new Map(others.map((object, i) => [object, converted[i]]));
    return objects.map((object) => shape(to).fromStorage(byOriginal.get(object) ?? object));
  };
  return {
    remote: true,
    toStorage: (objects) => convert(objects, storage),
    fromStorage: (objects) => convert(objects, version),
  };
}

/** @throws StatusError with what went wrong: for a client it is the server's failure */
async function ask(
  crd: CustomResourceDefinition,
  objects: readonly KubernetesObject[],
  apiVersion: string,
  { webhooks, reads, random, signal }: ConversionTools,
): Promise<readonly KubernetesObject[]> {
  const { clientConfig = {}, conversionReviewVersions = [] } = crd.spec.conversion?.webhook ?? {};
  const what = `conversion webhook for ${kindText(crd, objects)}`;
  const known = conversionReviewVersions.find((candidate) => knownReviews.includes(candidate));
  if (known === undefined) throw failure(`${what} failed: no supported conversion review versions`);
  const review = { kind: 'ConversionReview', apiVersion: `apiextensions.k8s.io/${known}` };
  const uid = newUid(random);
  let answers: readonly unknown[];
  try {
    const body = { ...review, request: { uid, desiredAPIVersion: apiVersion, objects } };
    const answer = await webhooks.call(clientConfig, body, conversionTimeoutMs, reads, signal, conversionAnswerBytesMax);
    answers = convertedObjects(review, uid, answer);
  } catch (error) {
    if (signal.aborted) throw error;
    throw failure(`${what} failed: ${errorMessage(error)}`);
  }
  if (answers.length !== objects.length) throw failure(`${what} returned ${answers.length} objects, expected ${objects.length}`);
  return objects.map((object, i) => {
    try {
      return acceptConverted(object, answers[i], apiVersion);
    } catch (error) {
      throw failure(`${what} returned invalid converted object at index ${i}: ${errorMessage(error)}`);
    }
  });
}

/** `stable.example.com/v1, Kind=CronTab`, of one object; of several, their list's. */
function kindText({ spec }: CustomResourceDefinition, objects: readonly KubernetesObject[]): string {
  const { kind, listKind = `${kind}List` } = spec.names;
  return groupVersionKindText({ ...parseApiVersion(objects[0]?.apiVersion ?? ''), kind: objects.length === 1 ? kind : listKind });
}

function failure(message: string): StatusError {
  return new StatusError(500, '', message);
}
