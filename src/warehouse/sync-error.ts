/** A failure that the person at the keyboard can act on: its message is one sentence with the cause and the remedy. */
export class SyncError extends Error {
  override readonly name: string = 'SyncError';

  /** @param command what to type, with which the message does not end: it stands on lines of its own, to be copied */
  constructor(
    message: string,
    readonly command?: string,
  ) {
    super(message);
  }
}

/** One that comes back until somebody has changed the configuration or the catalog. */
export class InputError extends SyncError {
  override readonly name: string = 'InputError';
}

/** Somebody was asked and did not say yes. */
export class Declined extends InputError {
  override readonly name = 'Declined';

  constructor() {
    super('Nothing was changed.');
  }
}

/** It was told to stop before anything was read. */
export class Stopped extends Error {
  override readonly name = 'Stopped';

  constructor(message = 'Stopped: nothing was read.') {
    super(message);
  }
}

/** What to say about a failure: the message of an error, one line, without a stack trace. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message.split('\n', 1)[0] ?? message).replace(/^Error: /, '');
}
