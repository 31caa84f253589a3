import type { Statistics } from '../bitbucket/session/statistics';
import type { Emitter } from '../airbyte/emitter';
import type { Stream } from '../streams/stream';

const INTERVAL_MS = 10_000;

/** How many repositories there are to read, and how many have been. */
export interface RepositoryCount {
  known: number;
  done: number;
}

/** Says how far a sync is: in the log and as estimates every ten seconds, and what it took at the end. */
export class Progress {
  readonly repositories: RepositoryCount = { known: 0, done: 0 };

  constructor(
    private readonly emitter: Emitter,
    private readonly statistics: Statistics,
    private readonly now: () => number,
    private readonly streams: readonly Stream[],
  ) {}

  /** Reports while `work` is under way. */
  async during<T>(work: Promise<T>): Promise<T> {
    const startedAt = this.now();
    const timer = setInterval(() => {
      this.report(startedAt);
      this.estimate();
    }, INTERVAL_MS);
    try {
      return await work;
    } finally {
      clearInterval(timer);
      this.summarise();
      this.report(startedAt);
    }
  }

  private report(startedAt: number): void {
    const { known, done } = this.repositories;
    const { requests, retries, bytes } = this.statistics.sum();
    const seconds = Math.max(0.001, (this.now() - startedAt) / 1000);
    const left = done > 0 && done < known ? `, about ${duration((seconds / done) * (known - done))} left` : '';
    this.emitter.log(
      'INFO',
      `${duration(seconds)}: ${done} of ${counted(known, 'repository', 'repositories')}, ${counted(requests, 'request')} (${(requests / seconds).toFixed(1)}/s), ` +
        `${counted(retries, 'retry', 'retries')}, ${counted(this.statistics.rateLimited, 'time')} rate limited, ${megabytes(bytes)}${left}`,
    );
  }

  /** What is to come, from what came of the repositories that are done. */
  private estimate(): void {
    const { known, done } = this.repositories;
    if (done === 0 || done >= known) return;
    for (const { name, kind } of this.streams) {
      if (kind === 'snapshot') continue;
      const { total, bytes } = this.emitter.countsOf(name);
      if (total === 0) continue;
      const whole = known / done;
      this.emitter.estimate(name, Math.round(total * whole), Math.round(bytes * whole));
    }
  }

  private summarise(): void {
    for (const { stream, total, tombstones } of this.emitter.summary()) {
      const kinds = this.streams.find(({ name }) => name === stream)?.requestKinds ?? [];
      const { requests, retries, bytes, waitedMs } = this.statistics.sum(kinds);
      const deleted = tombstones > 0 ? ` (${tombstones} of them deleted)` : '';
      const told = [
        `${counted(total, 'record')}${deleted}`,
        counted(requests, 'request'),
        megabytes(bytes),
        ...(retries === 0 ? [] : [counted(retries, 'retry', 'retries'), `${(waitedMs / 1000).toFixed(1)} s waited`]),
      ];
      this.emitter.log('INFO', `${stream}: ${told.join(', ')}`);
    }
  }
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** `42.5 s`, `12 min`, `3.5 h` */
function duration(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  return seconds < 7200 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
