export { EventQueue } from './event-queue.js';
export { isLinearizable, type Operation } from './history.js';
export { calmNetwork, Network, type NetworkFaults } from './network.js';
export { type Mutation, type SimulationOptions, type SimulationResult, simulate } from './simulation.js';
