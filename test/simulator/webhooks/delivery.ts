import { createHmac, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import type { Outcome, Webhook } from './hooks';

/** Failures in a row after which a webhook is skipped, for ten seconds, then longer and longer, up to ten hours. */
const BREAKER = { failures: 5, first: 10_000, longest: 10 * 3600_000 };
const MAX_IN_FLIGHT = 250;
const TIMEOUT_MS = 20_000;

/** One attempt to tell a receiver; there is never a second. */
export interface Delivery {
  readonly hookId: number;
  readonly event: string;
  /** The answer's status; null: none came. 'skipped': the breaker was open, or too much in flight. */
  readonly status: number | null | 'skipped';
}

/** Carries a body to a URL. @returns the status of the answer; null: none came */
export type Carry = (url: string, body: Buffer, headers: Readonly<Record<string, string>>) => Promise<number | null>;

/** Sends events: signed, in no particular order, once. */
export class Courier {
  readonly log: Delivery[] = [];
  /** How bodies get to their receivers. @default over HTTP */
  carry: Carry = post;
  private inFlight = new Set<Promise<void>>();

  constructor(private readonly now: () => number) {}

  send(hook: Webhook, event: string, payload: unknown): void {
    if (this.now() < hook.skippedUntil || this.inFlight.size >= MAX_IN_FLIGHT) {
      this.log.push({ hookId: hook.id, event, status: 'skipped' });
      return;
    }
    const under: Promise<void> = this.deliver(hook, event, payload).finally(() => this.inFlight.delete(under));
    this.inFlight.add(under);
  }

  /** Resolves when nothing is in flight. */
  async settled(): Promise<void> {
    while (this.inFlight.size > 0) await Promise.all(this.inFlight);
  }

  /** The connection test, which is not signed. */
  async ping(url: string): Promise<number | null> {
    return this.carry(url, Buffer.from('{"test": true}'), { 'X-Event-Key': 'diagnostics:ping' });
  }

  private async deliver(hook: Webhook, event: string, payload: unknown): Promise<void> {
    const body = Buffer.from(JSON.stringify(payload));
    const signature =
      hook.secret === undefined
        ? {}
        : { 'X-Hub-Signature': `sha256=${createHmac('sha256', hook.secret).update(body).digest('hex')}` };
    const status = await this.carry(hook.url, body, { 'X-Event-Key': event, 'X-Request-Id': randomUUID(), ...signature });
    const outcome: Outcome = status === null ? 'ERROR' : status >= 200 && status < 300 ? 'SUCCESS' : 'FAILURE';
    this.log.push({ hookId: hook.id, event, status });
    hook.counts[outcome] += 1;
    hook.last.set(outcome, { event, at: this.now(), status });
    hook.failures = outcome === 'SUCCESS' ? 0 : hook.failures + 1;
    const over = hook.failures - BREAKER.failures;
    if (over >= 0) hook.skippedUntil = this.now() + Math.min(BREAKER.first * 2 ** over, BREAKER.longest);
  }
}

const post: Carry = (url, body, headers) =>
  new Promise((resolve) => {
    const all = {
      ...headers,
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': body.length,
      'User-Agent': 'Atlassian HttpClient 2.1.2 / Bitbucket',
    };
    const outgoing = request(url, { method: 'POST', headers: all, timeout: TIMEOUT_MS, agent: false }, (answer) => {
      answer.resume().once('close', () => resolve(answer.statusCode ?? null));
    });
    outgoing
      .once('timeout', () => outgoing.destroy())
      .once('error', () => resolve(null))
      .end(body);
  });
