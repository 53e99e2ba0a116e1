export { encodeOpenApiV2 } from './gnostic.js';
export { apiPath } from './operations.js';
export { openApiV2 } from './v2.js';
export { type ApiInfo, openApiV3 } from './v3.js';
