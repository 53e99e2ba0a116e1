/**
 * What is wrong with names, in the words of k8s.io/apimachinery's validation package.
 * Every function answers with sentences; none means that the value is fine.
 */

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = `${label}(\\.${label})*`;
const qualified = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';

const labelMax = 63;
const subdomainMax = 253;

export function dns1123LabelProblems(value: string): string[] {
  if (value.includes('.') && matches(value, subdomain)) return [...lengthProblems(value, labelMax), 'must not contain dots'];
  return [
    ...lengthProblems(value, labelMax),
    ...patternProblems(
      value,
      label,
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
      ['my-name', '123-abc'],
    ),
  ];
}

export function dns1123SubdomainProblems(value: string): string[] {
  return [
    ...lengthProblems(value, subdomainMax),
    ...patternProblems(
      value,
      subdomain,
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
      ['example.com'],
    ),
  ];
}

export function dns1035LabelProblems(value: string): string[] {
  return [
    ...lengthProblems(value, labelMax),
    ...patternProblems(
      value,
      '[a-z]([-a-z0-9]*[a-z0-9])?',
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
      ['my-name', 'abc-123'],
    ),
  ];
}

/** A label's or annotation's key: `[prefix/]name`. */
export function qualifiedNameProblems(value: string): string[] {
  const parts = value.split('/');
  const name = parts.at(-1) ?? '';
  const problems: string[] = [];
  if (parts.length > 2) {
    return [
      `a qualified name ${regexText(qualified, "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character", ['MyName', 'my.name', '123-abc'])} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    if (prefix === '') problems.push('prefix part must be non-empty');
    else problems.push(...dns1123SubdomainProblems(prefix).map((problem) => `prefix part ${problem}`));
  }
  if (name === '') problems.push('name part must be non-empty');
  else problems.push(...lengthProblems(name, labelMax).map((problem) => `name part ${problem}`));
  return [
    ...problems,
    ...patternProblems(
      name,
      qualified,
      "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
      ['MyName', 'my.name', '123-abc'],
    ).map((problem) => `name part ${problem}`),
  ];
}

export function labelValueProblems(value: string): string[] {
  return [
    ...lengthProblems(value, labelMax),
    ...patternProblems(
      value,
      `(${qualified})?`,
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
      ['MyValue', 'my_value', '12345'],
    ),
  ];
}

/** A key of a ConfigMap or Secret. */
export function configKeyProblems(value: string): string[] {
  const problems = [
    ...lengthProblems(value, subdomainMax),
    ...patternProblems(value, '[-._a-zA-Z0-9]+', "a valid config key must consist of alphanumeric characters, '-', '_' or '.'", [
      'key.name',
      'KEY_NAME',
      'key-name',
    ]),
  ];
  if (value === '.') problems.push("must not be '.'");
  else if (value === '..') problems.push("must not be '..'");
  else if (value.startsWith('..')) problems.push("must not start with '..'");
  return problems;
}

/** A port's name, as pods and targetPort use it. */
export function portNameProblems(value: string): string[] {
  const problems: string[] = [];
  if (value.length > 15) problems.push('must be no more than 15 characters');
  if (!/^[-a-z0-9]+$/.test(value)) problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) problems.push('must contain at least one letter (a-z)');
  if (value.includes('--')) problems.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) problems.push('must not begin or end with a hyphen');
  return problems;
}

/** The name of an environment variable, by the relaxed rule: Kubernetes' own since 1.34. */
export function envVarNameProblems(value: string): string[] {
  return /^[ -<>-~]+$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

/** A name that is one segment of a path: what RBAC's objects have. */
export function pathSegmentProblems(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((character) => value.includes(character)).map((character) => `may not contain '${character}'`);
}

/** A domain that resolvers search: labels may begin with an underscore. */
export function searchDomainProblems(value: string): string[] {
  const part = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
  return [
    ...lengthProblems(value, subdomainMax),
    ...patternProblems(
      value,
      `${part}(\\.${part})*`,
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
      ['example.com'],
    ),
  ];
}

/** `*.example.com` */
export function wildcardSubdomainProblems(value: string): string[] {
  return [
    ...lengthProblems(value, subdomainMax),
    ...patternProblems(
      value,
      `\\*\\.${subdomain}`,
      "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
      ['*.example.com'],
    ),
  ];
}

export function conditionReasonProblems(value: string): string[] {
  const rule =
    "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'";
  const examples = ['my_name', 'MY_NAME', 'MyName', 'ReasonA,ReasonB', 'ReasonA:ReasonB'];
  return patternProblems(value, '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?', rule, examples);
}

export function httpHeaderNameProblems(value: string): string[] {
  const rule = "a valid HTTP header must consist of alphanumeric characters or '-'";
  return patternProblems(value, '[-A-Za-z0-9]+', rule, ['X-Header-Name']);
}

/** A name such as `policy.example.com`: a domain of three parts at least. */
export function fullyQualifiedNameProblems(value: string): string[] {
  const problems = dns1123SubdomainProblems(value);
  if (problems.length > 0) return [problems.join(',')];
  return value.split('.').length < 3 ? ['should be a domain with at least three segments separated by dots'] : [];
}

/** A generateName: what will follow it ends it properly, so that a trailing dash is fine, and what is before it too. */
export function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name;
}

function lengthProblems(value: string, max: number): string[] {
  return value.length > max ? [`must be no more than ${max} characters`] : [];
}

/** By their patterns, which are few and all stand in this file. */
const expressions = new Map<string, RegExp>();

function patternProblems(value: string, pattern: string, rule: string, examples: readonly string[]): string[] {
  return matches(value, pattern) ? [] : [regexText(pattern, rule, examples)];
}

function matches(value: string, pattern: string): boolean {
  let expression = expressions.get(pattern);
  if (expression === undefined) {
    expression = new RegExp(`^(?:${pattern})$`);
    expressions.set(pattern, expression);
  }
  return expression.test(value);
}

function regexText(pattern: string, rule: string, examples: readonly string[]): string {
  return `${rule} (e.g. ${examples.map((example) => `'${example}'`).join(',  or ')}, regex used for validation is '${pattern}')`;
}
