import { defined } from '@flotilla/base';
import { generateLoad } from './generate-load.js';
import { generateWatchers } from './generate-watchers.js';
import type { GeneratorSpec } from './specs.js';

/** The load generator: a process of its own. Started with a GeneratorSpec as its one argument; prints its result as JSON. */
const spec = JSON.parse(defined(process.argv[2], 'a specification is given')) as GeneratorSpec; // ours
console.log(JSON.stringify(spec.kind === 'load' ? await generateLoad(spec) : await generateWatchers(spec)));
