export { AssertionError, assert, defined, unreachable } from './assert.js';
export { type BackoffLimits, backoffMs } from './backoff.js';
export { BoundedQueue } from './bounded-queue.js';
export {
  type AbortSignalLike,
  type Cancel,
  type Clock,
  sleep,
} from './clock.js';
export { ConfigError } from './config-error.js';
export { errorMessage } from './error-message.js';
export { type Logger, silentLogger } from './logger.js';
export { ManualClock } from './manual-clock.js';
export {
  pick,
  type Random,
  randomInt,
  randomSuffix,
  seededRandom,
} from './random.js';
