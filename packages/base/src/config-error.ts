/** The operator's mistake or the machine's refusal. The message is printed as one line, without a stack; exit code 1. */
export class ConfigError extends Error {
  override readonly name: string = 'ConfigError';
}
