import type { Inbox } from '../inbox/inbox';

/** Between two writes, and after one that failed, in milliseconds. */
const PAUSE_MS = 1000;

/** What a recorder works with. */
export interface GapRecorderOptions {
  readonly inbox: Pick<Inbox, 'noteGap'>;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/**
 * Notes in the inbox, at once, that a delivery may be missing: each reader then looks for what it told. However many are refused, one
 * note a second is written; one that cannot be written is tried again until it can.
 */
export class GapRecorder {
  private cause: string | null = null;
  private running: Promise<void> | null = null;
  private ended = false;

  constructor(private readonly options: GapRecorderOptions) {}

  /** @param cause why, in words */
  note(cause: string): void {
    this.cause = cause;
    this.running ??= this.run();
  }

  /** Resolves when what was noted is written, or cannot be. */
  async end(): Promise<void> {
    this.ended = true;
    await this.running;
  }

  private async run(): Promise<void> {
    const { inbox, sleep, onError } = this.options;
    while (this.cause !== null) {
      const { cause } = this;
      this.cause = null;
      await inbox.noteGap(cause).catch((error: unknown) => {
        this.cause ??= cause;
        onError(error);
      });
      if (this.ended) break;
      await sleep(PAUSE_MS);
    }
    this.running = null;
  }
}
