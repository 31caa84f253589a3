const { MODEL_SECONDS = 'Infinity' } = process.env;

/** So many are run on the slowest machine, too. */
const LEAST = 50;

/**
 * Runs the histories of one suite one after the other, all of them, or, where MODEL_SECONDS says how long they may take, those for which there
 * is time; which were not run is printed. The first ones are the same everywhere.
 */
export class Histories {
  private readonly startedAt = Date.now();
  private run = 0;
  private left = 0;
  private hasFailed = false;

  /** Runs one, or nothing when the time is over. A failure is looked into for as long as that takes. */
  async next(history: () => Promise<void>): Promise<void> {
    const isOver = Date.now() - this.startedAt > Number(MODEL_SECONDS) * 1000;
    if (isOver && this.run >= LEAST && !this.hasFailed) {
      this.left++;
      return;
    }
    this.run++;
    try {
      await history();
    } catch (error) {
      this.hasFailed = true;
      throw error;
    }
  }

  /** Says what was left out, and how many were run. */
  end(): number {
    if (this.left > 0)
      process.stdout.write(`${this.run} of ${this.run + this.left} histories in the ${MODEL_SECONDS} s of MODEL_SECONDS\n`);
    return this.run;
  }
}
