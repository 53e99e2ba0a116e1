import { ageColumn, type Cell, nameColumn, textColumn } from '../../columns/column.js';
import { metadataParts } from '../../definition.js';
import type { PriorityLevelConfiguration, QueuingConfiguration } from '../../generated/types.js';
import { define, statusOf } from '../define.js';
import { validateConditions } from './conditions.js';
import { validatePriorityLevel } from './priority-level-validation.js';

const self = { group: 'flowcontrol.apiserver.k8s.io', version: 'v1', kind: 'PriorityLevelConfiguration' };

export const priorityLevelConfigurations = define<PriorityLevelConfiguration>({
  ...self,
  plural: 'prioritylevelconfigurations',
  namespaced: false,
  generation: true,
  subresources: [statusOf(self.group, self.version, self.kind)],
  statusKeeps: metadataParts,
  columns: [
    nameColumn,
    textColumn('Type', 'Whether its requests may have to wait.', ({ spec }) => spec.type),
    textColumn(
      'NominalConcurrencyShares',
      'Its share of the requests that run at a time.',
      ({ spec }) => spec.limited?.nominalConcurrencyShares ?? '<none>',
    ),
    textColumn('Queues', 'How many queues it has.', (level) => queuing(level, 'queues')),
    textColumn('HandSize', 'How many queues one flow may choose from.', (level) => queuing(level, 'handSize')),
    textColumn('QueueLengthLimit', 'How many requests may wait in a queue.', (level) => queuing(level, 'queueLengthLimit')),
    ageColumn,
  ],

  defaults({ spec }) {
    const { exempt, limited } = spec ?? {};
    if (exempt !== undefined) {
      exempt.nominalConcurrencyShares ??= 0;
      exempt.lendablePercent ??= 0;
    }
    if (limited === undefined) return;
    limited.nominalConcurrencyShares ??= 30;
    limited.lendablePercent ??= 0;
    const queues = limited.limitResponse?.queuing;
    if (queues === undefined) return;
    queues.handSize ||= 8;
    queues.queues ||= 64;
    queues.queueLengthLimit ||= 50;
  },

  validate: validatePriorityLevel,
  validateStatusUpdate: ({ status }) => validateConditions(status?.conditions, 'status.conditions'),
});

function queuing({ spec }: PriorityLevelConfiguration, member: keyof QueuingConfiguration): Cell {
  return spec.limited?.limitResponse?.queuing?.[member] ?? '<none>';
}
