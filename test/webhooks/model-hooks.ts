import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Inbox } from '../../src/webhooks/inbox/inbox';
import { openInbox } from '../../src/webhooks/inbox/open-inbox';
import { readEvent } from '../../src/webhooks/receiver/event';
import { isSigned } from '../../src/webhooks/receiver/signature';
import type { Simulator } from '../simulator';
import { inboxClocks } from './model-clock';

export const SECRET = 'a secret of sixteen or more letters';
export const URL_OF_OURS = 'https://hooks.example.com/webhooks/bitbucket_data_center';
/** The default path is the same everywhere. */
export const URL_OF_OTHERS = 'https://hooks-test.example.com/webhooks/bitbucket_data_center';
/** In memory where that can be: what a disk keeps through a crash is tested elsewhere. */
const FOLDER = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const PATH = '/webhooks/bitbucket_data_center';

/** What becomes of the deliveries to us. */
export type Fate = 'arrives' | 'is lost' | 'is late' | 'is refused';

/** A delivery that is under way for long. */
interface Held {
  readonly arrive: () => Promise<void>;
}

/** A receiver without its HTTP side, with an inbox of its own; and the network before it. */
export class ModelReceiver {
  fate: Fate = 'arrives';
  /** Set while the receiver lives. */
  private receiver: string | null = null;
  private readonly held: Held[] = [];

  private constructor(
    readonly folder: string,
    private readonly inbox: Inbox,
    private readonly forwardHeartbeats: (milliseconds: number) => Promise<void>,
  ) {}

  static async start(simulator: Simulator, now: () => number): Promise<ModelReceiver> {
    const folder = mkdtempSync(join(FOLDER, 'model-'));
    inboxClocks.set(folder, now);
    const inbox = await openInbox(folder, { now });
    const { sql } = inbox as unknown as { sql: { write: (work: (query: any) => Promise<unknown>) => Promise<unknown> } };
    const forward = async (milliseconds: number) => {
      await sql.write((query) => query('UPDATE webhook_heartbeats SET alive_at = alive_at + $1', [milliseconds]));
    };
    const receiver = new ModelReceiver(folder, inbox, forward);
    simulator.webhooks.carryBy((url, body, headers) => receiver.take(url, body, headers));
    await receiver.begin();
    return receiver;
  }

  get lives(): boolean {
    return this.receiver !== null;
  }

  async begin(): Promise<void> {
    this.receiver = randomUUID();
    await this.inbox.begin(this.receiver, PATH);
  }

  /** By its own will, or killed. */
  async end(cleanly: boolean): Promise<void> {
    if (cleanly && this.receiver !== null) await this.inbox.leave(this.receiver);
    this.receiver = null;
  }

  /** So much time passes on the inbox's clock: one that lives has told so all along. */
  async pass(milliseconds: number): Promise<void> {
    if (this.receiver !== null) await this.forwardHeartbeats(milliseconds);
  }

  /** One heartbeat, as there is every few seconds. */
  async beat(): Promise<void> {
    if (this.receiver !== null) await this.inbox.heartbeat(this.receiver, PATH);
  }

  /** What was late arrives now. */
  async release(): Promise<void> {
    for (const { arrive } of this.held.splice(0)) await arrive();
  }

  async close(): Promise<void> {
    await this.inbox.close();
    inboxClocks.delete(this.folder);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private take(url: string, body: Buffer, headers: Readonly<Record<string, string>>): Promise<number | null> {
    if (url !== URL_OF_OURS) return Promise.resolve(200); // somebody else's receiver is well
    // Who does not live is not late: the connection is refused at once.
    if (this.fate === 'is lost' || !this.lives) return Promise.resolve(null);
    if (this.fate !== 'is late') return this.accept(body, headers, this.fate);
    return new Promise((resolve) => {
      this.held.push({ arrive: async () => resolve(await this.accept(body, headers, 'arrives')) });
    });
  }

  private async accept(body: Buffer, headers: Readonly<Record<string, string>>, fate: Fate): Promise<number | null> {
    if (!this.lives) return null;
    if (fate === 'is refused') {
      await this.inbox.noteGap('503');
      return 503;
    }
    if (!isSigned(body, headers['X-Hub-Signature'], [SECRET])) return 401;
    const event = readEvent(body, { eventKey: headers['X-Event-Key'], requestId: headers['X-Request-Id'] });
    if (event !== null) await this.inbox.put([event.delivery]);
    return 200;
  }
}
