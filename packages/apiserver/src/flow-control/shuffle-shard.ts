import { createHash } from 'node:crypto';

/**
 * Deals a flow its hand of queues: always the same ones for the same flow, and so many possible hands that a flow which
 * fills all of its own hardly ever fills all of another's.
 * @returns distinct numbers below `queues`
 */
export function dealHand(flow: string, queues: number, handSize: number): readonly number[] {
  let hash = createHash('sha256').update(flow).digest().readBigUInt64LE();
  const hand: number[] = [];
  for (let dealt = 0; dealt < handSize && dealt < queues; dealt++) {
    const left = BigInt(queues - dealt);
    let card = Number(hash % left);
    hash /= left;
    // The card is one of those that are left: step over those that were dealt, the lowest first.
    for (const taken of [...hand].sort((a, b) => a - b)) if (card >= taken) card += 1;
    hand.push(card);
  }
  return hand;
}
