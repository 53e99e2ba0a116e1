import { consensusMutations } from './consensus.js';
import { diskMutations } from './disk.js';
import type { Mutation } from './mutation.js';
import { requestMutations } from './requests.js';
import { watchMutations } from './watches.js';

/** Every deliberate bug; one line more is one more thing that the checkers are shown to notice. */
export const mutations: readonly Mutation[] = [...diskMutations, ...consensusMutations, ...requestMutations, ...watchMutations];
