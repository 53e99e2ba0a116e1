import type { AppendFile, Files } from '../../node/files.js';
import { stateKeyOffset } from '../../node/keys.js';
import { every, type Mutation } from './mutation.js';

/** The first byte of a lease's key in the state machine's backend. */
const leaseByte = 'l'.charCodeAt(0);

export const diskMutations: readonly Mutation[] = [
  {
    name: 'skip the sync of the log',
    broken: /leader completeness|state machine safety|durability|log matching|recovery|acknowledged/,
    faults: ['power cut', 'crash in a durable step', 'isolated leader', 'healed network'],
    plant: () => ({ files: unsynced }),
  },
  {
    name: 'drop the tail of a batch',
    broken: /state machine equality|is in the backend|serializability|watch|comes after/,
    plant: () => {
      const now = every(5);
      return {
        database: (database) => {
          const write = database.write.bind(database);
          const kept = (count: number) => (count > 4 && now() ? count - 3 : count);
          return changed(database, { write: (changes) => write(changes.slice(0, kept(changes.length))) });
        },
      };
    },
  },
  {
    name: 'apply an entry twice after a restart',
    broken: /comes after/,
    plant: () => ({
      restored: (state) => (state.applied > state.logStart.index ? { ...state, applied: state.applied - 1 } : state),
    }),
  },
  {
    name: 'a snapshot without leases',
    broken: /state machine equality/,
    plant: () => ({
      database: (database) => {
        const pages = database.pages.bind(database);
        return changed(database, {
          async *pages(range, snapshot) {
            for await (const page of pages(range, snapshot)) {
              yield snapshot === undefined ? page : page.filter(([key]) => key[stateKeyOffset] !== leaseByte);
            }
          },
        });
      },
    }),
  },
];

/** A lie: says that it is on disk. */
function unsynced(files: Files): Files {
  const lying = (file: AppendFile): AppendFile => changed(file, { sync: async () => {} });
  return changed(files, {
    create: async (name) => lying(await files.create(name)),
    open: async (name) => lying(await files.open(name)),
  });
}

/** The same object with some methods replaced. */
function changed<T extends object>(object: T, methods: Partial<T>): T {
  return new Proxy(object, {
    get(target, name) {
      const replaced: unknown = Reflect.get(methods, name);
      if (replaced !== undefined) return replaced;
      const own: unknown = Reflect.get(target, name, target);
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
}
