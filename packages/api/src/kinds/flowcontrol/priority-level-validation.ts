import { type FieldError, forbidden, invalid, notSupported, required } from '../../errors/field-error.js';
import type {
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from '../../generated/types.js';
import { equalJson } from '../../json.js';
import type { Draft } from '../../objects.js';
import { validateConditions } from './conditions.js';
import { mandatoryPriorityLevels } from './mandatory.js';

const queuesMax = 10_000_000;
/** The bits of one 64-bit hash that shuffle sharding can deal a hand from. */
const hashBits = 60;

export function validatePriorityLevel({ metadata, spec = {}, status }: Draft<PriorityLevelConfiguration>): FieldError[] {
  const name = metadata?.name ?? '';
  const { type = '' } = spec;
  const errors =
    (name === 'exempt') === (type === 'Exempt')
      ? []
      : [invalid('spec.type', type, "type must be 'Exempt' if and only if name is 'exempt'")];
  return [
    ...errors,
    ...validateOfType(spec),
    ...validateFixed(name, spec),
    ...validateConditions(status?.conditions, 'status.conditions'),
  ];
}

function validateOfType(spec: Draft<PriorityLevelConfigurationSpec>): FieldError[] {
  const { type = '', exempt, limited } = spec;
  if (type === 'Exempt') {
    return [
      ...(limited === undefined ? [] : [forbidden('spec.limited', 'must be nil if the type is not Limited')]),
      ...(exempt === undefined
        ? [required('spec.exempt', 'must not be empty when type is Exempt')]
        : validateShares(exempt, 'spec.exempt')),
    ];
  }
  if (type !== 'Limited') return [notSupported('spec.type', type, ['Exempt', 'Limited'])];
  return [
    ...(exempt === undefined ? [] : [forbidden('spec.exempt', 'must be nil if the type is Limited')]),
    ...(limited === undefined
      ? [required('spec.limited', 'must not be empty when type is Limited')]
      : validateLimited(limited, 'spec.limited')),
  ];
}

/** The exempt level may lend, and have a share to lend of; nothing else of what is mandatory changes. */
function validateFixed(name: string, spec: Draft<PriorityLevelConfigurationSpec>): FieldError[] {
  const fixed = mandatoryPriorityLevels.get(name);
  if (fixed === undefined) return [];
  const [compared, but] = name === 'exempt' ? [{ ...spec, exempt: fixed.exempt }, " except the 'spec.exempt' field"] : [spec, ''];
  return equalJson(compared, fixed) ? [] : [invalid('spec', spec, `spec of '${name}'${but} must equal the fixed value`)];
}

interface Shares {
  readonly nominalConcurrencyShares?: number | undefined;
  readonly lendablePercent?: number | undefined;
}

function validateShares(
  { nominalConcurrencyShares: shares = 0, lendablePercent: lendable = 0 }: Shares,
  at: string,
): FieldError[] {
  return [
    ...(shares < 0 ? [invalid(`${at}.nominalConcurrencyShares`, shares, 'must be a non-negative integer')] : []),
    ...(lendable < 0 || lendable > 100
      ? [invalid(`${at}.lendablePercent`, lendable, 'must be between 0 and 100, inclusive')]
      : []),
  ];
}

function validateLimited(limited: Draft<LimitedPriorityLevelConfiguration>, at: string): FieldError[] {
  const borrowing = limited.borrowingLimitPercent ?? 0;
  return [
    ...validateShares({ nominalConcurrencyShares: limited.nominalConcurrencyShares }, at),
    ...validateResponse(limited.limitResponse ?? {}, `${at}.limitResponse`),
    ...validateShares({ lendablePercent: limited.lendablePercent }, at),
    ...(borrowing < 0 ? [invalid(`${at}.borrowingLimitPercent`, borrowing, 'if specified, must be a non-negative integer')] : []),
  ];
}

function validateResponse({ type = '', queuing }: Draft<LimitResponse>, at: string): FieldError[] {
  const field = `${at}.queuing`;
  if (type === 'Reject') {
    return queuing === undefined ? [] : [forbidden(field, 'must be nil if limited.limitResponse.type is not Limited')];
  }
  if (type !== 'Queue') return [notSupported(`${at}.type`, type, ['Queue', 'Reject'])];
  if (queuing === undefined) return [required(field, 'must not be empty if limited.limitResponse.type is Limited')];
  return validateQueuing(queuing, field);
}

function validateQueuing(
  { queueLengthLimit: limit = 0, queues = 0, handSize = 0 }: Draft<QueuingConfiguration>,
  at: string,
): FieldError[] {
  const errors: FieldError[] = limit <= 0 ? [invalid(`${at}.queueLengthLimit`, limit, 'must be positive')] : [];
  if (queues <= 0) errors.push(invalid(`${at}.queues`, queues, 'must be positive'));
  else if (queues > queuesMax) errors.push(invalid(`${at}.queues`, queues, `must not be greater than ${queuesMax}`));
  if (handSize <= 0) errors.push(invalid(`${at}.handSize`, handSize, 'must be positive'));
  else if (handSize > queues) {
    errors.push(invalid(`${at}.handSize`, handSize, `should not be greater than queues (${queues})`));
  } else if (Math.ceil(Math.log2(queues) * handSize) > hashBits) {
    const why = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${hashBits}`;
    errors.push(invalid(`${at}.handSize`, handSize, why));
  }
  return errors;
}
