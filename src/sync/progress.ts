import type { ClientStatistics } from '../bitbucket/client';
import type { Emitter } from './emitter';

const INTERVAL_MS = 10_000;

/** Says in the log how far a sync is, every ten seconds, and at the end what it took. */
export class Progress {
  constructor(
    private readonly emitter: Emitter,
    private readonly statistics: ClientStatistics,
    private readonly now: () => number,
  ) {}

  /** Reports while `work` is under way. */
  async during<T>(work: Promise<T>): Promise<T> {
    const startedAt = this.now();
    const timer = setInterval(() => this.report(startedAt), INTERVAL_MS);
    try {
      return await work;
    } finally {
      clearInterval(timer);
      this.report(startedAt);
    }
  }

  private report(startedAt: number): void {
    const { requests, retries, rateLimited, bytes } = this.statistics;
    const seconds = Math.max(0.001, (this.now() - startedAt) / 1000);
    const records = this.emitter.summary().map(({ stream, total, tombstones }) => `${stream} ${total}${tombstones > 0 ? ` (${tombstones} deleted)` : ''}`);
    this.emitter.log(
      'INFO',
      `${seconds.toFixed(1)} s: ${requests} requests (${(requests / seconds).toFixed(1)}/s), ${retries} retries, ${rateLimited} times rate limited, ` +
        `${(bytes / 1e6).toFixed(1)} MB; records: ${records.join(', ')}`,
    );
  }
}
