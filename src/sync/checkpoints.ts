import type { StreamName } from '../streams/stream';
import type { Emitter } from './emitter';

/** Between two states of a stream, in milliseconds, while it has something new to say. */
const INTERVAL_MS = 5000;
/** After so long a state goes out whatever it weighs (times its size in MB). */
const LONG_MS = 60_000;
/** Records and states are what a platform takes for a sign of life; after this long without one a state is sent. */
const HEARTBEAT_MS = 10 * 60_000;
/** A repository that has moved by this share is worth a state (a kill must cost little), after a second or fifty pull requests. */
const MOVED = { share: 0.05, milliseconds: 1000, steps: 50 };
/** What states may weigh, as a share of the records, and at least in bytes. */
const BUDGET = { share: 0.015, bytes: 256 * 1024 };

interface Checkpoint {
  readonly print: () => string;
  dirty: boolean;
  lastAt: number;
  lastSize: number;
  moved: number;
  steps: number;
}

/**
 * Decides when a stream's state goes out: every few seconds, or when a repository has moved by 5 %, as long as all states together stay
 * light beside the records (a state grows with the number of repositories); and once at the end.
 */
export class Checkpoints {
  private readonly streams = new Map<StreamName, Checkpoint>();
  private stateBytes = 0;

  constructor(
    private readonly emitter: Emitter,
    private readonly now: () => number,
  ) {}

  /** @param print gives the stream's state as JSON text; it claims nothing that was not emitted */
  register(stream: StreamName, print: () => string): void {
    this.streams.set(stream, { print, dirty: false, lastAt: this.now(), lastSize: print().length, moved: 0, steps: 0 });
  }

  /** The state has changed. @param share of a repository that this step was */
  changed(stream: StreamName, share: number): Promise<void> | undefined {
    const checkpoint = this.streams.get(stream);
    if (checkpoint === undefined) return undefined;
    checkpoint.dirty = true;
    checkpoint.moved += share;
    checkpoint.steps++;
    return this.isDue(checkpoint) ? this.emit(stream) : undefined;
  }

  /** Emits the state as it is now. */
  emit(stream: StreamName): Promise<void> | undefined {
    const checkpoint = this.streams.get(stream);
    if (checkpoint === undefined) return undefined;
    const state = checkpoint.print();
    Object.assign(checkpoint, { dirty: false, lastAt: this.now(), lastSize: state.length, moved: 0, steps: 0 });
    this.stateBytes += state.length;
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

  private isDue({ lastAt, lastSize, moved, steps }: Checkpoint): boolean {
    const elapsed = this.now() - lastAt;
    const hasMoved = moved >= MOVED.share && (elapsed >= MOVED.milliseconds || steps >= MOVED.steps);
    if (elapsed < INTERVAL_MS && !hasMoved) return false;
    if (elapsed >= LONG_MS * Math.max(1, lastSize / 1e6)) return true;
    return this.stateBytes + lastSize <= Math.max(BUDGET.bytes, BUDGET.share * this.emitter.bytes);
  }
}
