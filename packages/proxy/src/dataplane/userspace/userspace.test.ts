import { seededRandom, silentLogger } from '@flotilla/base';
import { systemClock } from '@flotilla/process';
import { testDataPlane } from '../data-plane-contract.test.js';
import { UserspaceDataPlane } from './userspace.js';

testDataPlane(
  'userspace',
  { service: '127.72.0.1', backend: '127.72.0.2' },
  () => new UserspaceDataPlane({ clock: systemClock, random: seededRandom(1), log: silentLogger, servesShared: () => true }),
);
