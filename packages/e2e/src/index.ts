export { AcknowledgedWriter } from './harness/acknowledged-writer.js';
export { TestCluster } from './harness/cluster.js';
