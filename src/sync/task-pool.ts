/**
 * Runs tasks side by side, at most `width` at once, in the order they were added. The first failure stops the rest: tasks handle what
 * concerns only themselves.
 */
export class TaskPool {
  private readonly waiting: (() => Promise<void>)[] = [];
  private running = 0;
  private failure: { readonly error: unknown } | null = null;
  private wakeUps: (() => void)[] = [];

  /**
   * @param width tasks at once
   * @param backlog tasks that may wait; more make `add` wait
   */
  constructor(
    private readonly width: number,
    private readonly backlog: number,
  ) {}

  /**
   * Adds a task; resolves when there is room for more. Not for a task to call.
   * @throws what a task threw, after those that were running have ended
   */
  async add(task: () => Promise<void>): Promise<void> {
    this.waiting.push(task);
    this.start();
    while (this.failure === null && this.waiting.length > this.backlog) await this.change();
    if (this.failure !== null) await this.drain();
  }

  /** Resolves when all is done. @throws what a task threw, after those that were running have ended */
  async drain(): Promise<void> {
    while (this.running > 0 || (this.failure === null && this.waiting.length > 0)) await this.change();
    if (this.failure !== null) throw this.failure.error;
  }

  private start(): void {
    while (this.failure === null && this.running < this.width) {
      const task = this.waiting.shift();
      if (task === undefined) return;
      this.running++;
      void this.run(task);
    }
  }

  private async run(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      this.failure ??= { error };
    }
    this.running--;
    this.start();
    const wakeUps = this.wakeUps;
    this.wakeUps = [];
    for (const wakeUp of wakeUps) wakeUp();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => this.wakeUps.push(resolve));
  }
}

/** Gives the elements of a list in order, and takes each out of it, so that nothing holds it any more. */
export function* taken<T>(queue: T[]): Generator<T> {
  for (let each = queue.shift(); each !== undefined; each = queue.shift()) yield each;
}
