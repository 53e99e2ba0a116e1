import {
  dns1035LabelProblems,
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  labelValueProblems,
  maskTrailingDash,
  qualifiedNameProblems,
} from '@flotilla/api';
import { ValueList } from '../collections.js';
import { matchCost } from '../cost.js';
import { type Overload, overload, qualifiedOverload } from '../overload.js';
import { parseTimestamp } from '../time.js';
import { CelOpaque, CelOptional, sizeOf, type Value } from '../values.js';
import { libraryTypes } from './opaque-types.js';
import { parseUrl } from './urls.js';

class CelFormat extends CelOpaque {
  readonly type = libraryTypes.format;
  readonly name: string;
  readonly problems: (text: string) => readonly string[];
  /** How long a pattern the check counts for. */
  readonly regexSize: number;

  constructor(name: string, regexSize: number, problems: (text: string) => readonly string[]) {
    super();
    this.name = name;
    this.regexSize = regexSize;
    this.problems = problems;
  }

  equals(other: CelOpaque): boolean {
    return other instanceof CelFormat && other.name === this.name;
  }
}

const urlRegexSize = 400;

const named: readonly CelFormat[] = [
  new CelFormat('dns1123Label', 30, dns1123LabelProblems),
  new CelFormat('dns1123Subdomain', 60, dns1123SubdomainProblems),
  new CelFormat('dns1035Label', 30, dns1035LabelProblems),
  new CelFormat('qualifiedName', 60, qualifiedNameProblems),
  new CelFormat('dns1123LabelPrefix', 30, (text) => dns1123LabelProblems(maskTrailingDash(text))),
  new CelFormat('dns1123SubdomainPrefix', 60, (text) => dns1123SubdomainProblems(maskTrailingDash(text))),
  new CelFormat('dns1035LabelPrefix', 30, (text) => dns1035LabelProblems(maskTrailingDash(text))),
  new CelFormat('labelValue', 40, labelValueProblems),
  new CelFormat('uri', urlRegexSize, uriProblems),
  pattern('uuid', /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i, 'does not match the UUID format'),
  pattern('byte', /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, 'invalid base64'),
  new CelFormat('date', 100, (text) => (isTime(`${text}T00:00:00Z`) ? [] : ['invalid date'])),
  new CelFormat('datetime', 100, (text) => (isTime(text) ? [] : ['invalid datetime'])),
];

const f = 'kubernetes.NamedFormat';

/** `format.dns1123Label().validate(self.name)`: nothing, or what is wrong. */
export const formats: readonly Overload[] = [
  ...named.map((format) => qualifiedOverload('format', `${format.name}(): ${f}`, () => format)),
  qualifiedOverload('format', `named(string): optional_type(${f})`, (name: string) => {
    return new CelOptional(named.find((format) => format.name === name));
  }),
  overload(`${f}.validate(string): optional_type(list(string))`, validate, validateCost),
];

function validate(format: CelFormat, text: string): CelOptional {
  const problems = format.problems(text);
  return problems.length === 0 ? CelOptional.none : new CelOptional(new ValueList(problems));
}

function validateCost([format = null, text = null]: readonly Value[]): number {
  return matchCost(sizeOf(text), format instanceof CelFormat ? format.regexSize : urlRegexSize);
}

function pattern(name: string, regex: RegExp, problem: string): CelFormat {
  return new CelFormat(name, regex.source.length, (text) => (regex.test(text) ? [] : [problem]));
}

function uriProblems(text: string): readonly string[] {
  try {
    parseUrl(text);
    return [];
  } catch (error) {
    return [
      error instanceof Error ? error.message.replace(/^URL parse error during conversion from string: /, '') : String(error),
    ];
  }
}

function isTime(text: string): boolean {
  try {
    parseTimestamp(text);
    return true;
  } catch {
    return false;
  }
}
