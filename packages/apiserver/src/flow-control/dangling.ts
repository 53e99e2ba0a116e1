import {
  type Definition,
  type FlowSchema,
  type FlowSchemaCondition,
  type KubernetesObject,
  kinds,
  timeText,
} from '@flotilla/api';
import { type StatusWriterContext, writeStatus } from '../registry/write-status.js';

const definition = kinds.flowSchemas as unknown as Definition; // declared with its own object type
const fieldManager = 'api-priority-and-fairness-config-consumer-v1';

/**
 * Says in the status of every flow schema whether the priority level that it names exists (`MISSINGPL` in kubectl). Of several API servers
 * the first to write it is the one that does.
 */
export class DanglingConditions {
  readonly #context: StatusWriterContext;
  readonly #levels: ReadonlyMap<string, unknown>;
  /** On their way: which, as of which revision, with what. */
  readonly #writing = new Set<string>();
  #tail: Promise<void> = Promise.resolve();

  /** @param levels by name, as they are at any time */
  constructor(context: StatusWriterContext, levels: ReadonlyMap<string, unknown>) {
    this.#context = context;
    this.#levels = levels;
  }

  look(schemas: Iterable<FlowSchema>): void {
    for (const schema of schemas) {
      const condition = this.#wanted(schema);
      const present = schema.status?.conditions?.find(({ type }) => type === condition.type);
      if (present?.status === condition.status && present?.message === condition.message) continue;
      this.#write(schema, condition);
    }
  }

  #write(schema: FlowSchema, condition: FlowSchemaCondition): void {
    const { name, resourceVersion } = schema.metadata ?? {};
    const id = `${name} ${resourceVersion} ${condition.message}`;
    if (this.#writing.has(id)) return;
    this.#writing.add(id);
    this.#tail = this.#tail
      .then(() => writeStatus(this.#context, definition, fieldManager, () => withCondition(schema, condition)))
      .then(() => void this.#writing.delete(id));
  }

  #wanted({ spec }: FlowSchema): FlowSchemaCondition {
    const name = spec?.priorityLevelConfiguration.name ?? '';
    const exists = this.#levels.has(name);
    const what = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(name)}`;
    return {
      type: 'Dangling',
      status: exists ? 'False' : 'True',
      reason: exists ? 'Found' : 'NotFound',
      message: `${what} ${exists ? 'and it exists' : 'but there is no such object'}`,
      lastTransitionTime: timeText(this.#context.clock.wallMs()),
    };
  }
}

function withCondition(schema: FlowSchema, condition: FlowSchemaCondition): KubernetesObject {
  const others = (schema.status?.conditions ?? []).filter(({ type }) => type !== condition.type);
  const status = { ...schema.status, conditions: [...others, condition] };
  return { ...schema, metadata: schema.metadata ?? {}, status } as KubernetesObject; // what is stored is whole
}
