/** A stretch between two refusals: at both the bucket was empty, so what was let through is what flowed in. */
interface Stretch {
  /** Epoch milliseconds. */
  readonly since: number;
  passed: number;
}

/** A refusal is provoked about this often, in seconds, so that a changed limit is noticed; at low rates every so many requests. */
const PROBE_SECONDS = 8;
const PROBE_REQUESTS = 60;
/** So many times that long without a refusal: the limit has been raised. */
const PATIENCE = 1.25;
/** How long a stretch is remembered, in milliseconds. */
const MEMORY_MS = 120_000;

/**
 * The rate that a server's token bucket allows, learned from its refusals. After the first one all goes out as fast as it may, until a second
 * one tells the rate; from then on the bucket is counted along: what flowed in during a pause is used at once. The rate that is used is the
 * highest that agrees with what was measured: each refusal then comes later than the one before, and makes the measurement more exact.
 */
export class LearnedRate {
  private stretch: Stretch | null = null;
  /** Since the latest refusal. */
  private latest: Stretch = { since: 0, passed: 0 };
  /** Per second; null: nothing is known, or it is being measured. */
  private rate: number | null = null;
  /** What is thought to be in the bucket, as of when. */
  private level = 0;
  private levelAt = 0;
  /** More than this was not needed: then not the limit was what held us up, and the stretch measures nothing. */
  private mostLevel = 0;
  private isSlack = false;
  /** The latest refusal came far too early: once it may be somebody else who uses the same account, twice it is the limit. */
  private isDoubted = false;
  private quietSince = 0;

  /** Requests at once: few after a refusal, for when the bucket is empty all that are under way are refused. */
  get width(): number {
    return this.latest.since === 0 ? Infinity : 1 + this.latest.passed / 4;
  }

  /** When the next request may go, in epoch milliseconds. */
  readyAt(now: number): number {
    if (this.rate === null) return now;
    this.fill(now);
    return this.level >= 1 ? now : now + ((1 - this.level) * 1000) / this.pace(now);
  }

  /** A request goes. */
  started(now: number): void {
    this.fill(now);
    this.level--;
  }

  succeeded(): void {
    this.latest.passed++;
    if (this.stretch !== null && this.stretch !== this.latest) this.stretch.passed++;
  }

  /** A request was refused, and nothing goes before `resumeAt`. Of several that were under way together, the first counts. */
  refused(now: number, resumeAt: number): void {
    this.fill(now);
    this.measure(now);
    this.latest = { since: now, passed: 0 };
    this.stretch ??= this.latest;
    this.level = 0;
    this.levelAt = now;
    this.quietSince = Math.max(now, resumeAt);
    this.isSlack = false;
    const pace = this.pace(now);
    this.mostLevel = Math.max(3, (pace * (resumeAt - now)) / 1000 + 2 * pace);
  }

  private measure(now: number): void {
    const { stretch, latest, rate } = this;
    if (stretch === null) return;
    // Refused again before anything was let through: a server that takes nothing at all just now tells no rate.
    if (latest.passed === 0) {
      this.stretch = null;
      return;
    }
    if (this.isSlack || (rate !== null && this.isRaised(now))) {
      // What was in the bucket by then is not known: measured anew; without need at full speed, if it was not the limit that changed.
      if (!this.isSlack) this.rate = null;
      this.stretch = null;
      return;
    }
    const seconds = (now - latest.since) / 1000;
    const isLowered = rate !== null && (latest.passed + 2) / seconds < 0.9 * rate;
    if (isLowered && !this.isDoubted) {
      this.isDoubted = true;
      this.stretch = null;
      return;
    }
    this.isDoubted = false;
    if (isLowered) this.stretch = latest;
    const measured = this.stretch ?? latest;
    const length = now - measured.since;
    this.rate = Math.max(0.1, (measured.passed * 1000) / Math.max(1, length));
    if (length > MEMORY_MS) this.stretch = { since: now - length / 2, passed: measured.passed / 2 };
    else if (measured === latest) this.stretch = { ...latest };
  }

  /** A little more than was measured, per second: as much as it may be wrong by. */
  private pace(now: number): number {
    if (this.rate === null) return Infinity;
    const doubt = 700 / Math.max(1000, this.stretch === null ? MEMORY_MS : now - this.stretch.since);
    const pace = this.rate + Math.max(doubt, 1 / this.probeSeconds);
    const excess = this.quietSeconds(now) - PATIENCE * this.probeSeconds;
    return excess > 0 ? pace * 1.5 ** (excess / 2) : pace;
  }

  private get probeSeconds(): number {
    return Math.max(PROBE_SECONDS, PROBE_REQUESTS / (this.rate ?? 1));
  }

  private quietSeconds(now: number): number {
    return (now - this.quietSince) / 1000;
  }

  private isRaised(now: number): boolean {
    return this.quietSeconds(now) > PATIENCE * this.probeSeconds + 2;
  }

  private fill(now: number): void {
    if (this.rate !== null && now > this.levelAt) this.level += (this.pace(now) * (now - this.levelAt)) / 1000;
    this.levelAt = now;
    if (this.level <= this.mostLevel) return;
    this.level = this.mostLevel;
    this.isSlack = true;
    this.quietSince = now;
  }
}
