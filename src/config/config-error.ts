/** The configuration breaks the spec; the message names the field and what to write instead, never a value that may be secret. */
export class ConfigError extends Error {
  override readonly name: string = 'ConfigError';
}

/** It could not even be read: what to do stands in the message. */
export class InputError extends ConfigError {
  override readonly name = 'InputError';
}
