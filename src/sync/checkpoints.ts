import type { Emitter } from '../airbyte/emitter';

/** What all states together should weigh at most, in bytes: Airbyte's server takes 10 MB. */
export const MOST_WEIGHT = 8_000_000;
/** Between two states of a stream, in milliseconds, while it has something new to say. */
const INTERVAL_MS = 5000;
/** After so long a state goes out whatever it weighs (times its size in MB). */
const LONG_MS = 60_000;
/** Records and states are what a platform takes for a sign of life; after this long without one a state is sent. */
const HEARTBEAT_MS = 10 * 60_000;
/** A repository that has moved by this share is worth a state (a kill must cost little), after a second or twenty pull requests. */
const MOVED = { share: 0.015, milliseconds: 1000, steps: 20 };
/** What all states may weigh, the last ones included: as a share of the records, and at least in bytes. */
const BUDGET = { share: 0.019, bytes: 2 * 1024 * 1024 };
/** By how much a state grows with each step, in bytes, before one has shown. */
const GROWTH = 16;

interface Checkpoint {
  readonly print: () => string;
  /** The last state, as it was printed. */
  last: string;
  dirty: boolean;
  lastAt: number;
  /** Of the state that was handed over. */
  readonly firstSize: number;
  lastSize: number;
  /** All its states so far, in bytes. */
  emitted: number;
  moved: number;
  /** Since the last state. */
  steps: number;
  /** Up to the last state. */
  stepsBefore: number;
}

/**
 * Decides when a stream's state goes out: every few seconds, or when a repository has moved by 1.5 %, as long as all states together stay
 * light beside the records (a state grows with the number of repositories); and once at the end.
 */
export class Checkpoints {
  private readonly streams = new Map<string, Checkpoint>();

  constructor(
    private readonly emitter: Emitter,
    private readonly now: () => number,
  ) {}

  /** @param print gives the stream's state as JSON text; it claims nothing that was not emitted */
  register(stream: string, print: () => string): void {
    const size = print().length;
    this.streams.set(stream, {
      print,
      last: '',
      dirty: false,
      lastAt: this.now(),
      firstSize: size,
      lastSize: size,
      emitted: 0,
      moved: 0,
      steps: 0,
      stepsBefore: 0,
    });
  }

  /** The state has changed. @param share of a repository that this step was */
  changed(stream: string, share: number): Promise<void> | undefined {
    const checkpoint = this.streams.get(stream);
    if (checkpoint === undefined) return undefined;
    checkpoint.dirty = true;
    checkpoint.moved += share;
    checkpoint.steps++;
    return this.isDue(checkpoint) ? this.emit(stream, true) : undefined;
  }

  /** What the last states of all streams weigh together, in bytes. */
  get weight(): number {
    return [...this.streams.values()].reduce((sum, { lastSize }) => sum + lastSize, 0);
  }

  /** What the states of all other streams weigh as they are now, in bytes. */
  weightBeside(stream: string): number {
    return [...this.streams].reduce((sum, [name, { print }]) => sum + (name === stream ? 0 : print().length), 0);
  }

  /** Emits the state as it is now. @param ifOther only if it is another one: what was written since is not covered yet */
  emit(stream: string, ifOther = false): Promise<void> | undefined {
    const checkpoint = this.streams.get(stream);
    if (checkpoint === undefined) return undefined;
    const state = checkpoint.print();
    const stepsBefore = checkpoint.stepsBefore + checkpoint.steps;
    const isSaid = !ifOther || state !== checkpoint.last;
    Object.assign(checkpoint, {
      last: state,
      dirty: !isSaid,
      lastAt: this.now(),
      lastSize: state.length,
      moved: 0,
      steps: 0,
      stepsBefore,
    });
    if (!isSaid) return undefined;
    checkpoint.emitted += state.length;
    return this.emitter.state(stream, state);
  }

  /** Emits the states of streams that have begun and have something new to say, or have long been silent. */
  heartbeat(force: boolean): void {
    const running = new Set(this.emitter.running());
    for (const [stream, checkpoint] of this.streams) {
      const silent = this.now() - checkpoint.lastAt >= HEARTBEAT_MS;
      if (running.has(stream) && (silent || (force && checkpoint.dirty))) void this.emit(stream);
    }
  }

  private isDue(checkpoint: Checkpoint): boolean {
    const { lastAt, lastSize, moved, steps } = checkpoint;
    const elapsed = this.now() - lastAt;
    const hasMoved = moved >= MOVED.share && (elapsed >= MOVED.milliseconds || steps >= MOVED.steps);
    if (elapsed < INTERVAL_MS && !hasMoved) return false;
    if (elapsed >= LONG_MS * Math.max(1, lastSize / 1e6)) return true;
    // Of what all may weigh, each stream has the part that its state is of all states; its last one must still fit in.
    const size = sizeOf(checkpoint);
    const all = [...this.streams.values()].reduce((sum, each) => sum + sizeOf(each), 0);
    const budget = Math.max(BUDGET.bytes, BUDGET.share * this.emitter.bytes) * (size / all);
    return checkpoint.emitted + 2 * size <= budget;
  }
}

/** About what a state weighs by now. */
function sizeOf({ firstSize, lastSize, steps, stepsBefore }: Checkpoint): number {
  return lastSize + steps * (stepsBefore === 0 ? GROWTH : (lastSize - firstSize) / stepsBefore);
}
