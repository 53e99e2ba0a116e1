import type { ConfState, Entry, Fence, HardState } from '@flotilla/raft';
import type { Facts, Vote } from './facts.js';
import { Membership } from './membership.js';
import type { LogContents, LogImage } from './wal/log-image.js';

/** What a member goes on with. */
export interface Healed {
  readonly facts: Facts;
  readonly contents: LogContents;
  /** It is not what the disk says, and has to be written down. */
  readonly mended: boolean;
}

/**
 * Puts log and database together after whatever happened between their writes.
 * @returns undefined when the database lacks what the log no longer has: only another member has the state
 */
export function heal(image: LogImage, facts: Facts, damaged: boolean): Healed | undefined {
  const contents = image.contents(facts.applied);
  if (contents.start.index > facts.applied.index) return undefined;
  const reaches = contents.start.index + contents.entries.length >= facts.applied.index;
  const known = termAt(contents, facts.applied.index);
  // A snapshot was put into the database, and a crash kept the log from beginning anew behind it.
  const replaced = !reaches || (known !== undefined && known !== facts.applied.term);
  const vote = laterVote(contents.hardState, facts.vote);
  const fence = higherFence(replaced ? undefined : endless(contents.fence, vote), facts.fence);
  const [start, entries] = replaced ? [facts.applied, []] : [contents.start, contents.entries];
  const hardState = bounded({ ...contents.hardState, ...vote }, facts.applied.index, start.index + entries.length);
  const mended = damaged || replaced || start !== image.start;
  return { facts: { ...facts, vote, fence }, contents: { start, entries, hardState, fence }, mended };
}

/** The applied state is lost: the member keeps its name and its promises, and asks for everything else. */
export function withoutState(
  membership: Membership,
  { hardState, fence, entries, start }: LogContents,
  facts: Facts | undefined,
): Healed {
  const last = entries.at(-1) ?? start;
  const vote = laterVote(hardState, facts?.vote ?? { term: 0, vote: 0n });
  const lost = higherFence(endless(fence, vote) ?? { index: last.index, term: last.term }, facts?.fence);
  const nothing = { index: 0, term: 0 };
  return {
    facts: {
      identity: facts?.identity,
      applied: nothing,
      generation: (facts?.generation ?? 0) + 1,
      membership,
      vote,
      fence: lost,
    },
    contents: { start: nothing, entries: [], hardState: { ...vote, commit: 0 }, fence: lost },
    mended: true,
  };
}

/**
 * The quorum is lost for good: this member goes on alone with everything it has. Entries that it cannot know to be
 * committed stay: a client may have been told so.
 */
export function aloneFrom(self: bigint, { facts, contents }: Healed): Healed {
  const conf: ConfState = { voters: [self], votersOutgoing: [], learners: [], learnersNext: [] };
  const membership = new Membership(
    facts.membership.list().filter((member) => member.id === self),
    conf,
  );
  // Changes of a membership that is no more.
  const entries = contents.entries.map(
    (entry): Entry => (entry.type === 'conf-change' ? { ...entry, type: 'normal', data: new Uint8Array(0) } : entry),
  );
  return {
    facts: { ...facts, membership, fence: undefined },
    contents: { ...contents, entries, fence: undefined },
    mended: true,
  };
}

function termAt({ start, entries }: LogContents, index: number): number | undefined {
  return index === start.index ? start.term : entries[index - start.index - 1]?.term;
}

function laterVote(a: Vote, b: Vote): Vote {
  if (a.term !== b.term) return a.term > b.term ? { term: a.term, vote: a.vote } : b;
  return a.vote === 0n ? b : { term: a.term, vote: a.vote };
}

/** Nothing tells which entries were lost: they may be of any term that this member has heard of. */
function endless(fence: Fence | undefined, { term }: Vote): Fence | undefined {
  return fence?.index === Number.POSITIVE_INFINITY ? { ...fence, term: Math.max(fence.term, term) } : fence;
}

function higherFence(a: Fence | undefined, b: Fence | undefined): Fence | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.term > b.term || (a.term === b.term && a.index > b.index) ? a : b;
}

function bounded(hardState: HardState, min: number, max: number): HardState {
  return { ...hardState, commit: Math.min(Math.max(hardState.commit, min), max) };
}
