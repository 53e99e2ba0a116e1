import { nodeScoreMax } from '../limits.js';

/** Scales so that the largest score becomes 100; reversed, so that it becomes 0. In place, in whole numbers as Kubernetes does. */
export function normalizeToMax(scores: number[], reverse: boolean): void {
  const max = Math.max(0, ...scores);
  for (const [i, score] of scores.entries()) {
    if (max === 0) scores[i] = reverse ? nodeScoreMax : 0;
    else {
      const scaled = Math.floor((score * nodeScoreMax) / max);
      scores[i] = reverse ? nodeScoreMax - scaled : scaled;
    }
  }
}
