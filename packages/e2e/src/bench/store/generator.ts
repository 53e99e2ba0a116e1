import { defined } from '@flotilla/base';
import type { FaceOptions } from './faces/face.js';
import { openGrpcFace } from './faces/grpc-face.js';
import { openJsonFace } from './faces/json-face.js';
import { openNativeFace } from './faces/native-face.js';
import { generateFailover } from './generate-failover.js';
import { generateFanOut } from './generate-fan-out.js';
import { generateLoad } from './generate-load.js';
import type { GeneratorSpec } from './specs.js';

const faces = { native: openNativeFace, grpc: openGrpcFace, json: openJsonFace } as const;

/**
 * The load generator: a process of its own, so that its work and its pauses are not the benchmark's, and its CPU can be told.
 * Started with a GeneratorSpec as its one argument; prints its result as JSON.
 */
const spec = JSON.parse(defined(process.argv[2], 'a specification is given')) as GeneratorSpec; // ours
const options: FaceOptions = {
  endpoints: spec.endpoints,
  // HTTP/1.1 carries one request at a time.
  connections: spec.face === 'json' && 'clients' in spec ? spec.clients : spec.connections,
  credentials: spec.credentials,
  failOver: spec.kind === 'failover',
};
const face = await faces[spec.face](options);
if (spec.kind === 'load') console.log(JSON.stringify(await generateLoad(face, spec)));
else if (spec.kind === 'fan-out') console.log(JSON.stringify(await generateFanOut(face, spec)));
else console.log(JSON.stringify(await generateFailover(face, spec)));
await face.close();
