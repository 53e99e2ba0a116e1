import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import { metadataParts } from '../../definition.js';
import type { FlowSchema } from '../../generated/types.js';
import { define, statusOf } from '../define.js';
import { validateConditions } from './conditions.js';
import { validateFlowSchema } from './flow-schema-validation.js';

const self = { group: 'flowcontrol.apiserver.k8s.io', version: 'v1', kind: 'FlowSchema' };
const precedence = 1000;

export const flowSchemas = define<FlowSchema>({
  ...self,
  plural: 'flowschemas',
  namespaced: false,
  generation: true,
  subresources: [statusOf(self.group, self.version, self.kind)],
  statusKeeps: metadataParts,
  columns: [
    nameColumn,
    textColumn('PriorityLevel', 'The level that its requests go to.', ({ spec }) => spec.priorityLevelConfiguration.name),
    textColumn('MatchingPrecedence', 'Who is asked first: the lowest number.', precedenceOf),
    textColumn('DistinguisherMethod', 'What tells its flows apart.', ({ spec }) => spec.distinguisherMethod?.type ?? '<none>'),
    ageColumn,
    textColumn(
      'MissingPL',
      'Whether its priority level is missing.',
      ({ status }) => status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
    ),
  ],
  compareRows: (a, b) => precedenceOf(a) - precedenceOf(b) || compareTexts(a.metadata.name ?? '', b.metadata.name ?? ''),

  defaults(draft) {
    draft.spec ??= {};
    draft.spec.matchingPrecedence ||= precedence;
  },

  validate: validateFlowSchema,
  validateStatusUpdate: ({ status }) => validateConditions(status?.conditions, 'status.conditions'),
});

function precedenceOf({ spec }: FlowSchema): number {
  return spec.matchingPrecedence ?? 0;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
