import type { Delivery, Inbox } from '../inbox/inbox';

interface Waiting {
  readonly delivery: Delivery;
  readonly resolve: (isNew: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** Deliveries in one transaction at most. */
const LARGEST = 500;

/** Puts deliveries that arrive together into the inbox together: a flush to the disk costs the same for one as for fifty. */
export class GroupCommit {
  private waiting: Waiting[] = [];
  private running: Promise<void> | null = null;

  constructor(private readonly inbox: Inbox) {}

  /** Resolves when the delivery is durable, with whether its request id was new. */
  put(delivery: Delivery): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ delivery, resolve, reject });
      this.running ??= this.run();
    });
  }

  /** Resolves when nothing waits any more. */
  async drain(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    // Whatever the sockets have brought by now goes along.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) await this.commit(this.waiting.splice(0, LARGEST));
    this.running = null;
  }

  private async commit(batch: readonly Waiting[]): Promise<void> {
    try {
      const fresh = new Set(await this.inbox.put(batch.map(({ delivery }) => delivery)));
      // Of several with the same id, one is new.
      for (const { delivery, resolve } of batch) resolve(fresh.delete(delivery.requestId));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
