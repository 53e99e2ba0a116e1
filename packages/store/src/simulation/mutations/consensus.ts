import type { Message, RaftNode } from '@flotilla/raft';
import type { Mutation } from './mutation.js';

export const consensusMutations: readonly Mutation[] = [
  {
    name: 'acknowledge before the disk has it',
    broken: /leader completeness|state machine safety|durability|log matching|recovery|acknowledged|election safety/,
    plant: () => ({
      assembled({ raft }) {
        const ready = raft.ready.bind(raft);
        raft.ready = (mayApply) => {
          const next = ready(mayApply);
          if (next?.write === undefined) return next;
          // In place: the core knows its Ready and its write by identity.
          (next.messages as Message[]).push(...(next.write.messages as Message[]).splice(0));
          return next;
        };
      },
    }),
  },
  {
    name: 'commit before the quorum has it',
    broken: /leader completeness|state machine safety|durability|log matching|recovery/,
    faults: ['isolated leader', 'healed network'],
    plant: () => ({
      assembled({ node, raft }) {
        const send = node.transport.send.bind(node.transport);
        node.transport.send = (message) => {
          const sent = send(message);
          if (message.type === 'append' && message.entries.length > 0) pretendReceipt(raft, message);
          return sent;
        };
      },
    }),
  },
  {
    name: 'vote for a candidate whose log is behind',
    broken: /leader completeness|state machine safety|committed|recovery/,
    faults: ['one-way partition', 'isolated leader', 'crash of the leader', 'healed network'],
    plant: () => ({
      assembled({ raft }) {
        const step = raft.step.bind(raft);
        raft.step = (message) => {
          const ahead = { lastIndex: Number.MAX_SAFE_INTEGER, lastTerm: message.term };
          step(message.type === 'vote' ? { ...message, ...ahead } : message);
        };
      },
    }),
  },
  {
    name: 'deliver a forwarded proposal twice',
    broken: /exactly once/,
    plant: () => ({
      assembled({ node }) {
        const send = node.transport.send.bind(node.transport);
        node.transport.send = (message) => {
          if (message.type === 'propose') send(message);
          return send(message);
        };
      },
    }),
  },
];

/** As if the follower had answered already. */
function pretendReceipt(raft: RaftNode, { from, to, term, entries }: Extract<Message, { type: 'append' }>): void {
  const index = entries.at(-1)?.index ?? 0;
  const receipt = { from: to, to: from, term, index, reject: false, hintIndex: 0, hintTerm: 0, lost: false };
  queueMicrotask(() => raft.step({ type: 'append-response', ...receipt }));
}
