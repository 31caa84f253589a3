import { timeoutError } from './route';

/** A request on its way, or an answer. */
export interface UnderWay {
  /** Ends it with this error. */
  readonly fail: (error: Error) => void;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds of a clock that only goes forward. */
  readonly startedAt: number;
}

/**
 * What is under way, so that it can be cancelled by its signal, and ended when it has taken too long. One listener for each signal and one
 * timer for all: listeners and timers of each request's own are slow to come and go.
 */
export class Exchanges {
  private readonly underWay = new Set<UnderWay>();
  private readonly signals = new WeakSet<AbortSignal>();
  private timer: NodeJS.Timeout | null = null;

  /** @param patienceMs after this long, an exchange that is not done has failed with ETIMEDOUT */
  constructor(private readonly patienceMs: number) {}

  /** Milliseconds of the clock that `startedAt` is of. */
  now(): number {
    return performance.now();
  }

  add(exchange: UnderWay): void {
    const { signal } = exchange;
    if (signal?.aborted === true) return exchange.fail(cancelled());
    this.underWay.add(exchange);
    if (signal !== undefined && !this.signals.has(signal)) this.listen(signal);
    if (this.timer !== null) return;
    this.timer = setInterval(() => this.endOverdue(), Math.max(50, this.patienceMs / 20));
    this.timer.unref();
  }

  delete(exchange: UnderWay): void {
    this.underWay.delete(exchange);
  }

  private listen(signal: AbortSignal): void {
    this.signals.add(signal);
    const cancelAll = () => {
      for (const exchange of [...this.underWay]) if (exchange.signal === signal) exchange.fail(cancelled());
    };
    signal.addEventListener('abort', cancelAll, { once: true });
  }

  private endOverdue(): void {
    const since = this.now() - this.patienceMs;
    for (const exchange of [...this.underWay]) {
      if (exchange.startedAt <= since) exchange.fail(timeoutError(this.patienceMs, 'the answer was not complete after'));
    }
  }
}

function cancelled(): Error {
  return Object.assign(new Error('cancelled'), { code: 'ABORT_ERR' });
}
