import type { RestCommit } from '../../bitbucket/api/payloads';
import type { Row } from '../stream';
import { type CommitsRun, dateOf, type Step } from './commits-run';
import type { CommitsState, Reading, Tip } from './commits-state';
import type { FormerTip } from './former-tips';
import type { CommitSource, ListedBranch } from './history-source';
import type { TipsPlan } from './plan-tips';

/** The steps of a reading. */
export type Steps = AsyncGenerator<Step<CommitsState>, void, void>;

/** Ids that are remembered while several branches of a repository are read; beyond that a commit may come twice. */
const REMEMBERED = 200_000;

/** One reading of a repository's commits: what it has done, and what is known after it. */
export class CommitsReading {
  /** By name; published when everything that they reach was written. */
  readonly tips: Map<string, Tip>;
  aside: ReadonlyMap<string, string>;
  readonly former: Set<string>;
  /** Those of them that were known before this reading. */
  readonly formerBefore: ReadonlySet<string>;
  /** What was learned about former tips in this reading. */
  readonly learned = new Map<string, FormerTip>();
  defaultBranch: string | null;
  reading: Reading | null;
  from: number;
  lowest: number;
  settledAt: number | null;
  /** What the default branch gained in this reading; null: not all of it is known. */
  gained: Set<string> | null = new Set();
  private readonly emitted = new Set<string>();

  constructor(
    readonly source: CommitSource,
    readonly run: CommitsRun,
    saved: CommitsState,
  ) {
    this.tips = new Map(saved.tips);
    this.aside = saved.aside;
    this.former = new Set(saved.former);
    this.formerBefore = new Set(saved.former);
    this.defaultBranch = saved.defaultBranch;
    this.reading = saved.reading;
    this.from = Math.max(run.beginning, saved.from ?? -Infinity);
    this.lowest = Math.min(this.from, saved.lowest ?? Infinity);
    this.settledAt = saved.settledAt;
  }

  /** Committer date from which on a backfill finds nothing more that is wanted, in epoch milliseconds. */
  get floor(): number {
    return this.from - this.run.marginMs;
  }

  /** What is known now, for whoever keeps it: it does not change any more. */
  snapshot(): CommitsState {
    const { defaultBranch, tips, aside, former, reading, from, lowest, settledAt } = this;
    return { defaultBranch, tips: new Map(tips), aside, former: [...former], reading, from, lowest, settledAt };
  }

  step(rows: readonly Row[]): Step<CommitsState> {
    return { rows, covers: this.snapshot() };
  }

  /** Takes over what became of the branches. */
  follow({ aside, former }: TipsPlan): void {
    this.aside = aside;
    this.former.clear();
    for (const commit of former) this.former.add(commit);
  }

  /** Where the default branch was when it was last read. */
  get formerDefaultTip(): string | undefined {
    return this.defaultBranch === null ? undefined : this.tips.get(this.defaultBranch)?.commit;
  }

  /**
   * Rows of commits that were not emitted in this reading, as far as `start_date` lets them.
   * @param before only of those with an earlier committer date, in epoch milliseconds; null: of all, those without a date included
   */
  rows(commits: readonly RestCommit[], onDefault: boolean, before: number | null = null): Row[] {
    this.run.observe?.(commits);
    const isWanted = (date: number) => date >= this.from && (before === null || date < before);
    return commits
      .filter((commit) => isWanted(dateOf(commit)) && this.isNew(commit.id))
      .map((commit) => this.run.row(commit, onDefault));
  }

  /** Tombstones of commits that may have been emitted, and were not in this reading. */
  tombstones(commits: readonly RestCommit[]): Row[] {
    return commits.filter((commit) => dateOf(commit) >= this.lowest && this.isNew(commit.id)).map(this.run.tombstone);
  }

  /** The default branch gained these; null: nobody knows which. */
  gain(commits: readonly RestCommit[] | null): void {
    if (commits === null || (this.gained?.size ?? 0) > REMEMBERED) this.gained = null;
    else for (const { id } of commits) this.gained?.add(id);
  }

  /** Everything that the default branch reaches was written. @param isRead whether its former name is still read */
  publishDefault({ name, commitId }: Pick<ListedBranch, 'name' | 'commitId'>, isRead: (name: string) => boolean): void {
    const { defaultBranch, gained } = this;
    if (defaultBranch !== null && defaultBranch !== name && !isRead(defaultBranch)) this.tips.delete(defaultBranch);
    for (const [other, { commit, ahead }] of this.tips) {
      if (ahead && gained?.has(commit) !== false) this.tips.set(other, { commit, ahead: false });
    }
    const before = this.tips.get(name)?.commit;
    if (name !== defaultBranch && before !== undefined && gained?.has(before) !== true)
      this.leave({ commit: before, base: commitId });
    this.tips.set(name, { commit: commitId, ahead: false });
    this.defaultBranch = name;
    if (this.reading?.onDefault === true) this.reading = null;
  }

  /** Everything that a further branch reaches was written. */
  publish(name: string, tip: Tip): void {
    this.tips.set(name, tip);
    if (this.reading?.branch === name) this.reading = null;
  }

  /** A tip that its branch does not reach any more, as far as is known. */
  leave(former: FormerTip): void {
    this.former.add(former.commit);
    this.learned.set(former.commit, former);
  }

  private isNew(id: string): boolean {
    if (this.emitted.has(id)) return false;
    if (this.emitted.size < REMEMBERED) this.emitted.add(id);
    return true;
  }
}
