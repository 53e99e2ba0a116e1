export { type LogView, RaftChecker } from './checkers/raft.js';
export { type DatabaseChange, SimDatabase } from './database.js';
export { type CrashPhase, Disk, type DiskFaults, healthyDisk } from './disk.js';
export { EventQueue } from './event-queue.js';
export { SimAppendFile, SimFiles } from './files.js';
export { Host } from './host.js';
export { cutOneWay, type Fault, isolate, Nemesis, noise, splitInTwo } from './nemesis.js';
export { calmNetwork, Network, type NetworkFaults } from './network.js';
export { SimStream, type StreamEnd } from './stream.js';
