import { bodyTargets } from './body-targets.js';
import type { Target } from './fuzz.js';
import { kindTarget } from './kind-targets.js';
import { textTargets } from './text-targets.js';

/** Everything that turns a client's bytes into values. */
export const decoderTargets: readonly Target[] = [...bodyTargets, ...textTargets, kindTarget];
