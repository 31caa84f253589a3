/** Values that wait for their consumer before the producer must wait. */
const CAPACITY = 1000;

/** Turns what is pushed into an async iterable; `push` gives a promise while the consumer is behind. */
export class Channel<T> implements AsyncIterable<T> {
  private values: T[] = [];
  private ended: { readonly error?: Error } | null = null;
  private wakeConsumer: (() => void) | null = null;
  private wakeProducers: (() => void)[] = [];

  push(value: T): Promise<void> | undefined {
    this.values.push(value);
    this.wakeConsumer?.();
    return this.values.length < CAPACITY ? undefined : new Promise((resolve) => this.wakeProducers.push(resolve));
  }

  close(): void {
    this.ended ??= {};
    this.wakeConsumer?.();
  }

  fail(error: Error): void {
    this.ended ??= { error };
    this.wakeConsumer?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const values = this.values;
      this.values = [];
      yield* values;
      for (const wake of this.wakeProducers.splice(0)) wake();
      if (this.values.length > 0) continue;
      if (this.ended !== null) {
        if (this.ended.error !== undefined) throw this.ended.error;
        return;
      }
      await new Promise<void>((resolve) => (this.wakeConsumer = resolve));
      this.wakeConsumer = null;
    }
  }
}
