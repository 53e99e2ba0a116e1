export { canonical } from './checkers/canonical.js';
export { type CommittedCommand, CommittedHistory, checkKv, type KvOperation, type KvOutcome } from './checkers/kv.js';
export { checkLeases, type LeaseLimits, type TimedCommand } from './checkers/lease.js';
export { type LogView, RaftChecker } from './checkers/raft.js';
export {
  checkWatch,
  checkWatchComplete,
  type WatchRecord,
  type WatchResponseRecord,
  type WatchSessionRecord,
} from './checkers/watch.js';
export { type DatabaseChange, SimDatabase } from './database.js';
export { type CrashPhase, Disk, type DiskFaults, healthyDisk } from './disk.js';
export { EventQueue } from './event-queue.js';
export { SimAppendFile, SimFiles } from './files.js';
export { Host } from './host.js';
export { cutOneWay, type Fault, isolate, Nemesis, noise, splitInTwo } from './nemesis.js';
export { calmNetwork, Network, type NetworkFaults } from './network.js';
export { SimStream, type StreamEnd } from './stream.js';
