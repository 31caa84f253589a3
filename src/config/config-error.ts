/** The configuration breaks the spec; the message names the field and what to write instead, never a value that may be secret. */
export class ConfigError extends Error {
  override readonly name: string = 'ConfigError';

  /**
   * @param command what of this program helps, without the configuration that it takes: `credentials create`; a person is shown it as it is typed
   * @param line what helps, whole, as it is typed
   */
  constructor(
    message: string,
    readonly command?: string,
    readonly line?: string,
  ) {
    super(message);
  }

  /** As `check` says it, the code first. */
  get coded(): string {
    return invalidConfig(this.message);
  }
}

/** What is wrong with a configuration, or with the arguments that name it, as `check` says it, the code first. */
export function invalidConfig(message: string): string {
  return `invalid_config: ${message}`;
}

/** A file or a variable of the environment could not be read, so that nobody knows what it says: what to do stands in the message. */
export class UnreadableInputError extends ConfigError {
  override readonly name = 'UnreadableInputError';
}
