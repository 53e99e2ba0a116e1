import { FunctionTable } from '../overload.js';
import { addresses } from './addresses.js';
import { arithmetic } from './arithmetic.js';
import { authorizers } from './authorizer.js';
import { conversions } from './conversions.js';
import { formats } from './formats.js';
import { lists } from './lists.js';
import { logic } from './logic.js';
import { optionals } from './optionals.js';
import { quantities } from './quantity.js';
import { regex } from './regex.js';
import { relations } from './relations.js';
import { semver } from './semver.js';
import { sets } from './sets.js';
import { strings } from './strings.js';
import { timeParts } from './time-parts.js';
import { urls } from './urls.js';

/** Every function of Kubernetes 1.34's CEL. This is the list to add a library to. */
export const functions = new FunctionTable([
  ...logic,
  ...arithmetic,
  ...relations,
  ...conversions,
  ...timeParts,
  ...regex,
  ...strings,
  ...lists,
  ...sets,
  ...optionals,
  ...quantities,
  ...addresses,
  ...urls,
  ...formats,
  ...semver,
  ...authorizers,
]);
