import { type FieldError, invalid, notSupported, required } from '../../errors/field-error.js';
import type { V2HorizontalPodAutoscalerBehavior, V2HPAScalingPolicy, V2HPAScalingRules } from '../../generated/types.js';
import type { Draft } from '../../objects.js';

type Rules = Draft<V2HPAScalingRules>;

const windowSecondsMax = 3_600;
const periodSecondsMax = 1_800;
const selections = ['Disabled', 'Max', 'Min'];
const policyTypes = ['Percent', 'Pods'];

/** Up at once, by four pods or as many again; down to nothing, if need be, in whatever time the controller manager gives it. */
export function defaultBehavior(behavior: Draft<V2HorizontalPodAutoscalerBehavior>): void {
  const all = { type: 'Percent', value: 100, periodSeconds: 15 };
  const up = { stabilizationWindowSeconds: 0, policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, all] };
  behavior.scaleUp = { selectPolicy: 'Max', ...up, ...behavior.scaleUp };
  behavior.scaleDown = { selectPolicy: 'Max', policies: [{ ...all }], ...behavior.scaleDown };
}

export function validateBehavior({ scaleUp, scaleDown }: Draft<V2HorizontalPodAutoscalerBehavior>, at: string): FieldError[] {
  return [...validateRules(scaleUp, `${at}.scaleUp`), ...validateRules(scaleDown, `${at}.scaleDown`)];
}

function validateRules(rules: Rules | undefined, at: string): FieldError[] {
  if (rules === undefined) return [];
  const { stabilizationWindowSeconds: seconds, selectPolicy, policies = [] } = rules;
  const window = `${at}.stabilizationWindowSeconds`;
  const errors: FieldError[] = [];
  if (seconds !== undefined && seconds < 0) errors.push(invalid(window, seconds, 'must be greater than or equal to zero'));
  if (seconds !== undefined && seconds > windowSecondsMax) {
    errors.push(invalid(window, seconds, `must be less than or equal to ${windowSecondsMax}`));
  }
  if (selectPolicy !== undefined && !selections.includes(selectPolicy)) {
    errors.push(notSupported(`${at}.selectPolicy`, selectPolicy, selections));
  }
  if (policies.length === 0) errors.push(required(`${at}.policies`, 'must specify at least one Policy'));
  return [...errors, ...policies.flatMap((policy, index) => validatePolicy(policy, `${at}.policies[${index}]`))];
}

function validatePolicy({ type = '', value = 0, periodSeconds = 0 }: Draft<V2HPAScalingPolicy>, at: string): FieldError[] {
  const period = `${at}.periodSeconds`;
  return [
    ...(policyTypes.includes(type) ? [] : [notSupported(`${at}.type`, type, policyTypes)]),
    ...(value <= 0 ? [invalid(`${at}.value`, value, 'must be greater than zero')] : []),
    ...(periodSeconds <= 0 ? [invalid(period, periodSeconds, 'must be greater than zero')] : []),
    ...(periodSeconds > periodSecondsMax
      ? [invalid(period, periodSeconds, `must be less than or equal to ${periodSecondsMax}`)]
      : []),
  ];
}
