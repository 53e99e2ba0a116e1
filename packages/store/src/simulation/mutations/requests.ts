import { decodeCommand, encodeCommand, isStoreError, StoreError } from '@flotilla/mvcc';
import type { Assembly } from '../plant.js';
import { every, type Mutation } from './mutation.js';

export const requestMutations: readonly Mutation[] = [
  {
    name: 'serve a read without read index',
    broken: /real time/,
    plant: () => ({
      assembled({ node }) {
        node.linearizable = async () => {};
      },
    }),
  },
  {
    name: 'serve reads from a deposed leader',
    broken: /real time/,
    faults: ['isolated leader', 'healed network'],
    plant: () => ({
      assembled({ node }) {
        const linearizable = node.linearizable.bind(node);
        node.linearizable = async (signal) => {
          if (node.status().leader !== node.id) await linearizable(signal);
        };
      },
    }),
  },
  {
    name: 'read an older revision',
    broken: /real time|serializability/,
    plant: () => ({
      assembled({ service }) {
        const range = service.range.bind(service);
        const now = every(40);
        service.range = async (request, ...rest) => {
          const answer = await range(request, ...rest);
          return now() && answer.revision > 1 ? { ...answer, revision: answer.revision - 1 } : answer;
        };
      },
    }),
  },
  { name: 'answer a lost proposal as done', broken: /durability|serializability/, plant: () => ({ assembled: answerLost }) },
  {
    name: 'propose again after a term, though it is in the log',
    broken: /exactly once/,
    plant: () => ({
      assembled({ node }) {
        const add = node.proposals.add.bind(node.proposals);
        const reachedTerm = node.proposals.reachedTerm.bind(node.proposals);
        let recent: (() => void)[] = [];
        node.proposals.add = (propose, signal) =>
          add((id) => {
            recent = [...recent.slice(-5), () => propose(id)];
            return propose(id);
          }, signal);
        node.proposals.reachedTerm = (term) => {
          reachedTerm(term);
          for (const again of recent.splice(0)) again();
        };
      },
    }),
  },
  {
    name: 'say unavailable where the outcome is unknown',
    broken: /refused means not executed/,
    plant: () => ({
      assembled({ service }) {
        const command = service.command.bind(service);
        service.command = (...request) =>
          command(...request).catch((error: unknown) => {
            throw isStoreError(error, 'unknown-outcome') ? new StoreError('unavailable', error.message) : error;
          });
      },
    }),
  },
  {
    name: 'lose the last write of a transaction',
    broken: /durability|serializability/,
    plant: () => ({
      assembled({ machine }) {
        const apply = machine.apply.bind(machine);
        machine.apply = (index, command) => {
          const decoded = decodeCommand(command);
          if (!('txn' in decoded) || index % 5 !== 0) return apply(index, command);
          const success = decoded.txn.success.filter((op, i) => i !== 1 || !('put' in op));
          return apply(index, encodeCommand({ txn: { ...decoded.txn, success } }));
        };
      },
    }),
  },
  {
    name: 'one member’s machine goes its own way',
    broken: /state machine equality/,
    plant: () => ({
      assembled({ member, machine }) {
        if (member.name !== 'n2') return;
        const apply = machine.apply.bind(machine);
        machine.apply = (index, command) => {
          const decoded = decodeCommand(command);
          const skipped = 'deleteRange' in decoded && index % 3 === 0;
          return apply(index, skipped ? encodeCommand({ compact: { revision: 0 } }) : command);
        };
      },
    }),
  },
  {
    name: 'leases by a clock that runs twice as fast',
    broken: /lease: \d+ expired after/,
    plant: () => ({
      assembled({ lessor }) {
        const granted = lessor.granted.bind(lessor);
        lessor.granted = (lease) => granted({ ...lease, ttlSeconds: lease.ttlSeconds / 2 });
      },
    }),
  },
  {
    name: 'durations by the wall clock',
    broken: /lease: \d+ expired after|recovery/,
    plant: () => ({
      assembled({ member }) {
        const { clock } = member.host;
        clock.monotonicMs = clock.wallMs;
        clock.after(1_500, () => member.host.jumpWall(3_600_000)); // sooner than the nemesis would have it
      },
    }),
  },
  {
    name: 'never expire a lease',
    broken: /should have expired/,
    plant: () => ({
      assembled({ lessor }) {
        lessor.setLeading = () => {};
      },
    }),
  },
];

function answerLost({ node, machine }: Assembly): void {
  const add = node.proposals.add.bind(node.proposals);
  const reachedTerm = node.proposals.reachedTerm.bind(node.proposals);
  const waiting = new Set<bigint>();
  node.proposals.add = (propose, signal) => {
    let added = 0n;
    const answer = add((id) => {
      added = id;
      waiting.add(id);
      return propose(id);
    }, signal);
    return answer.finally(() => waiting.delete(added));
  };
  node.proposals.reachedTerm = (term) => {
    for (const id of waiting) node.proposals.applied(id, { response: { put: { revision: machine.revision } } });
    reachedTerm(term);
  };
}
