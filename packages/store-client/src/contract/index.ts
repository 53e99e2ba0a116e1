export { contractSuite, type OpenedStore } from './contract-suite.js';
export { failoverSuite, type OpenedCluster } from './failover-suite.js';
