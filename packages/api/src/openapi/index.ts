export { encodeOpenApiV2 } from './gnostic.js';
export { type ExtensionOpenApiV2, mergeOpenApiV2 } from './merge-v2.js';
export { apiPath, type Documented } from './operations.js';
export { openApiV2 } from './v2.js';
export { type ApiInfo, openApiV3, openApiV3Roots } from './v3.js';
