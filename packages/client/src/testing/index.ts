export { FakeCluster, type Fault } from './fake-cluster.js';
export { type FakeEvent, FakeStorage } from './fake-storage.js';
export { eventually, testClock, testRandom } from './test-clock.js';
