import {
  type CustomResourceDefinition,
  groupVersionKindText,
  type KubernetesObject,
  type LocalConversion,
  parseApiVersion,
  type RemoteConversion,
  StatusError,
} from '@flotilla/api';
import { type Clock, errorMessage, type Random } from '@flotilla/base';
import { conversionAnswerBytesMax, conversionTimeoutMs } from '../limits.js';
import { newUid } from '../registry/identity.js';
import type { ServiceReads, WebhookClient } from '../webhooks/webhook-client.js';
import { acceptConverted, ConvertedObjectError, convertedObjects } from './conversion-answer.js';
import type { ConversionFailure, CountConversion } from './conversion-metrics.js';

/** What it takes to ask conversion webhooks. */
export interface ConversionTools {
  readonly webhooks: WebhookClient;
  readonly reads: ServiceReads;
  readonly clock: Clock;
  readonly random: Random;
  readonly count: CountConversion | undefined;
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

/** What a failed conversion is to a client, and to those who count failures. */
class ConversionError extends StatusError {
  readonly failure: ConversionFailure;

  constructor(failure: ConversionFailure, message: string) {
    super(500, '', message);
    this.failure = failure;
  }
}

/** Asks, and counts it. @throws StatusError with what went wrong: for a client it is the server's failure */
async function ask(
  crd: CustomResourceDefinition,
  objects: readonly KubernetesObject[],
  apiVersion: string,
  tools: ConversionTools,
): Promise<readonly KubernetesObject[]> {
  const { clock, count } = tools;
  const startMs = clock.monotonicMs();
  const counted = (failure: ConversionFailure | undefined) => {
    const from = parseApiVersion(objects[0]?.apiVersion ?? '').version;
    const seconds = (clock.monotonicMs() - startMs) / 1_000;
    count?.({ name: crd.metadata.name ?? '', from, to: parseApiVersion(apiVersion).version, seconds, failure });
  };
  try {
    const converted = await review(crd, objects, apiVersion, tools);
    counted(undefined);
    return converted;
  } catch (error) {
    if (error instanceof ConversionError) counted(error.failure);
    throw error;
  }
}

async function review(
  crd: CustomResourceDefinition,
  objects: readonly KubernetesObject[],
  apiVersion: string,
  { webhooks, reads, random, signal }: ConversionTools,
): Promise<readonly KubernetesObject[]> {
  const { clientConfig = {}, conversionReviewVersions = [] } = crd.spec.conversion?.webhook ?? {};
  const what = `conversion webhook for ${kindText(crd, objects)}`;
  const known = conversionReviewVersions.find((candidate) => knownReviews.includes(candidate));
  if (known === undefined) throw new StatusError(500, '', 'no supported conversion review versions');
  const kinds = { kind: 'ConversionReview', apiVersion: `apiextensions.k8s.io/${known}` };
  const uid = newUid(random);
  const body = { ...kinds, request: { uid, desiredAPIVersion: apiVersion, objects } };
  const answer = await webhooks
    .call(clientConfig, body, conversionTimeoutMs, reads, signal, conversionAnswerBytesMax)
    .catch((error: unknown) => {
      if (signal.aborted) throw error;
      throw new ConversionError('conversion_webhook_call_failure', `${what} failed: ${errorMessage(error)}`);
    });
  const answers = answersOf(kinds, uid, answer, what);
  if (answers.length !== objects.length) {
    const message = `${what} returned ${answers.length} objects, expected ${objects.length}`;
    throw new ConversionError('conversion_webhook_partial_response_failure', message);
  }
  return objects.map((object, i) => {
    try {
      return acceptConverted(object, answers[i], apiVersion);
    } catch (error) {
      if (!(error instanceof ConvertedObjectError)) throw error;
      const message = `${what} returned ${invalidText(error, i, objects.length > 1)}: ${error.message}`;
      throw new ConversionError('conversion_webhook_invalid_converted_object_failure', message);
    }
  });
}

function answersOf(kinds: Parameters<typeof convertedObjects>[0], uid: string, answer: unknown, what: string) {
  try {
    return convertedObjects(kinds, uid, answer);
  } catch (error) {
    const message = `${what} failed: ${errorMessage(error)}`;
    throw new ConversionError('conversion_webhook_malformed_response_failure', message);
  }
}

/** Kubernetes' words differ for an object and for one of a list. */
function invalidText({ part }: ConvertedObjectError, index: number, ofList: boolean): string {
  if (part === 'metadata') return `invalid metadata${ofList ? ` in object at index ${index}` : ''}`;
  if (ofList) return `invalid converted object at index ${index}`;
  return part === 'version' ? `invalid object at index ${index}` : 'invalid object';
}

/** `stable.example.com/v1, Kind=CronTab`, of one object; of several, their list's. */
function kindText({ spec }: CustomResourceDefinition, objects: readonly KubernetesObject[]): string {
  const { kind, listKind = `${kind}List` } = spec.names;
  return groupVersionKindText({ ...parseApiVersion(objects[0]?.apiVersion ?? ''), kind: objects.length === 1 ? kind : listKind });
}
