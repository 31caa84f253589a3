import type { Git } from '../git/git';
import type { Commit, User } from '../model';

/** What the graph of a large repository must know of it. */
export interface Outline {
  /** How many pull requests there are, and from which on they are open. */
  readonly count: number;
  readonly openFrom: number;
  /** Commits before the first pull request, and on each one's branch. */
  readonly commits: number;
  readonly commitsEach: number;
  readonly branches: number;
  readonly tags: number;
  /** Milliseconds from one pull request, or commit, to the next. */
  readonly step: number;
  merged(id: number): boolean;
  /** How many of the first `id` were merged. */
  mergedUpTo(id: number): number;
  createdDate(id: number): number;
  updatedDate(id: number): number;
  person(id: number, offset: number): User;
  hash(id: number, what: string): string;
}

/** On main before the first pull request; on a pull request's branch; its merge; on a further branch. */
type Kind = 'base' | 'own' | 'merge' | 'side';

/** The commits of one large repository, each a function of what it is: main with a merge for every merged pull request, and what hangs beside it. */
export class LargeGraph {
  private readonly made = new Map<string, Commit>();

  constructor(readonly outline: Outline) {}

  /** The newest of a pull request's own commits. */
  headId(id: number): string {
    return this.id('own', id, this.outline.commitsEach - 1);
  }

  /** Where main was when a pull request was opened, and is still where it is open. */
  baseId(id: number): string {
    const [kind, number] = this.mainBefore(id);
    return this.id(kind, number, 0);
  }

  merge(id: number): Commit {
    return this.commit('merge', id);
  }

  /** Puts all of it into a repository. */
  fill(git: Git): void {
    const { count, openFrom, branches, tags, commits } = this.outline;
    git.setBranch('main', this.commit(...this.mainBefore(count + 1)));
    for (let id = 1; id <= count; id += 1) {
      const head = this.commit('own', id, this.outline.commitsEach - 1);
      if (id >= openFrom) git.setBranch(`feature/${id}`, head);
      else git.add(head);
    }
    for (let index = 0; index < branches; index += 1) git.setBranch(`branch-${index}`, this.commit('side', index));
    for (let index = 0; index < tags; index += 1) {
      const commit = this.commit('base', Math.floor((index * commits) / tags));
      git.setTag(`v1.${index}`, { commit, hash: index % 2 === 0 ? this.outline.hash(index, 'tag') : null });
    }
  }

  commit(kind: Kind, number: number, place = 0): Commit {
    const key = `${kind}${number}/${place}`;
    const known = this.made.get(key) ?? new MadeCommit(this, kind, number, place);
    this.made.set(key, known);
    return known;
  }

  id(kind: Kind, number: number, place: number): string {
    return this.outline.hash(number, place === 0 ? kind : `${kind} ${place}`);
  }

  parents(kind: Kind, number: number, place: number): readonly Commit[] {
    const { commits, commitsEach } = this.outline;
    if (kind === 'base') return number === 0 ? [] : [this.commit('base', number - 1)];
    if (kind === 'side') return [this.commit('base', Math.max(0, commits - 1 - number))];
    if (kind === 'own' && place > 0) return [this.commit('own', number, place - 1)];
    const main = this.commit(...this.mainBefore(number));
    return kind === 'own' ? [main] : [main, this.commit('own', number, commitsEach - 1)];
  }

  /** How many lie below it on the longest way down, and itself. */
  generation(kind: Kind, number: number, place: number): number {
    const { commits, commitsEach } = this.outline;
    if (kind === 'base') return number + 1;
    if (kind === 'side') return Math.max(0, commits - 1 - number) + 2;
    const before = this.outline.mergedUpTo(Math.min(number, this.outline.openFrom) - 1);
    return commits + before * (commitsEach + 1) + (kind === 'own' ? place + 1 : commitsEach + 1);
  }

  date(kind: Kind, number: number, place: number): number {
    const { commits, commitsEach, step } = this.outline;
    const second = (instant: number): number => Math.floor(instant / 1000) * 1000;
    if (kind === 'merge') return second(this.outline.updatedDate(number));
    if (kind === 'own') return second(this.outline.createdDate(number)) - (commitsEach - 1 - place) * 1000;
    const before = kind === 'base' ? commits - number : Math.min(commits, number + 1) - 0.5;
    return second(this.outline.createdDate(1) - before * step) - commitsEach * 1000;
  }

  /** The commit of main that lies before a pull request. */
  private mainBefore(id: number): ['merge' | 'base', number] {
    for (let before = Math.min(id, this.outline.openFrom) - 1; before > 0; before -= 1)
      if (this.outline.merged(before)) return ['merge', before];
    return ['base', this.outline.commits - 1];
  }
}

/** Made up from what it is; its parents when somebody asks. */
class MadeCommit implements Commit {
  readonly id: string;
  private lazyParents: readonly Commit[] | undefined;

  constructor(
    private readonly graph: LargeGraph,
    private readonly kind: Kind,
    private readonly number: number,
    private readonly place: number,
  ) {
    this.id = graph.id(kind, number, place);
  }

  get message(): string {
    const { kind, number, place } = this;
    if (kind === 'merge') return `Pull request #${number}`;
    return kind === 'own' ? `Change ${number}${place === 0 ? '' : `, part ${place + 1}`}` : `Work ${kind} ${number}`;
  }

  get author(): User {
    return this.graph.outline.person(this.number, 0);
  }

  get committer(): User {
    return this.author;
  }

  get authorDate(): number {
    return this.committerDate;
  }

  get committerDate(): number {
    return this.graph.date(this.kind, this.number, this.place);
  }

  get parents(): readonly Commit[] {
    this.lazyParents ??= this.graph.parents(this.kind, this.number, this.place);
    return this.lazyParents;
  }

  get generation(): number {
    return this.graph.generation(this.kind, this.number, this.place);
  }
}
