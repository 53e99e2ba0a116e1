export { TestAuthority, type TestPair } from './test-authority.js';
