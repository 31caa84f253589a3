import type { ScopeRecord } from '../inbox/hook-record';
import type { Inbox, ScopeUpdate } from '../inbox/inbox';

interface Waiting {
  readonly scope: string;
  readonly update: ScopeUpdate;
  readonly otherwise: ScopeRecord;
  readonly resolve: (record: ScopeRecord) => void;
}

/** Writes what was learned of places, those that come together in one transaction: a flush to the disk costs the same for one as for many. */
export class ScopeWriter {
  private waiting: Waiting[] = [];
  private running: Promise<void> | null = null;

  constructor(private readonly inbox: Inbox) {}

  /**
   * Resolves with the record as it is then kept.
   * @param otherwise what is believed where it cannot be kept: the next sync finds it again, for the server counts on
   */
  update(scope: string, update: ScopeUpdate, otherwise: ScopeRecord): Promise<ScopeRecord> {
    return new Promise((resolve) => {
      this.waiting.push({ scope, update, otherwise, resolve });
      this.running ??= this.run();
    });
  }

  private async run(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) await this.write(this.waiting.splice(0));
    this.running = null;
  }

  private async write(batch: readonly Waiting[]): Promise<void> {
    const updates = new Map(batch.map((each) => [each.scope, each.update]));
    const written = await this.inbox
      .updateScopes([...updates.keys()], (known, at) => updates.get(known.scope)?.(known, at) ?? known)
      .catch(() => new Map<string, ScopeRecord>());
    for (const { scope, otherwise, resolve } of batch) resolve(written.get(scope) ?? otherwise);
  }
}
