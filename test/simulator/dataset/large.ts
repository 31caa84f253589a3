import { hunk } from '../diffs/files';
import type { Git } from '../git/git';
import type { History } from '../history';
import type { Activity, Build, Comment, Commit, FileChange, Participant, PullRequest, Ref, Repository, User } from '../model';
import type { Synthetic } from '../pull-requests';
import { hash } from '../random';
import type { World } from '../world';
import { LargeGraph, type Outline } from './large-graph';

export interface LargeDataset {
  readonly repositories: number;
  /** In each repository. */
  readonly pullRequests: number;
  /** At least 2. @default 4 */
  readonly activitiesPerPullRequest?: number;
  /** How many of the newest are open. @default 1 in 50 */
  readonly open?: number;
  /** From one pull request of a repository to the next, in minutes. @default 2 */
  readonly minutesApart?: number;
  /** @default 20 */
  readonly repositoriesPerProject?: number;
  /** @default 50 */
  readonly users?: number;
  /** On main, before the first pull request. @default 1 */
  readonly commits?: number;
  /** @default 1 */
  readonly commitsPerPullRequest?: number;
  /** Besides main and those of open pull requests, each with a commit of its own. @default 0 */
  readonly branches?: number;
  /** Every other one annotated. @default 0 */
  readonly tags?: number;
  /** Of each branch's tip, all in memory. @default 0 */
  readonly builds?: number;
}

/** From the creation of a pull request to its end. */
const LIFE = 90_000;

/** Repositories of which the pull requests are made up when asked for: none is in memory until an event touches it. */
export const fillLarge = (world: World, history: History, options: LargeDataset, until: number): void => {
  const { repositories, repositoriesPerProject = 20, users = 50 } = options;
  for (let index = 0; index < users; index += 1) history.createUser({ name: `user${index}`, displayName: `User ${index}` });
  const people = world.users.filter(({ name }) => name.startsWith('user'));
  for (let index = 0; index < repositories; index += 1) {
    const key = `LARGE${Math.floor(index / repositoriesPerProject)}`;
    if (index % repositoriesPerProject === 0) history.createProject({ key, name: `Large ${key}` });
    const id = history.createRepository(key, {
      slug: `repository-${index}`,
      synthetic: (repository) => new Synthesis(world, options, people, until, repository),
    });
    if ((options.builds ?? 0) > 0) buildTips(world, world.repository(id), options.builds ?? 0, until);
  }
  world.changed();
};

/** Builds of every branch's tip, put there at once. */
const buildTips = (world: World, repository: Repository, builds: number, until: number): void => {
  for (const [branch, { id }] of repository.git.branches) {
    const made = Array.from({ length: builds }, (_, index): [string, Build] => {
      const key = `job-${index}`;
      const dates = { createdDate: until - 120_000, updatedDate: until - 60_000 };
      return [
        key,
        {
          key,
          name: key,
          repository,
          state: 'SUCCESSFUL',
          url: `https://ci.example.com/${key}`,
          ref: `refs/heads/${branch}`,
          ...dates,
        },
      ];
    });
    world.builds.set(id, new Map(made));
  }
};

/** The pull requests of one repository, as functions of their ids. */
class Synthesis implements Synthetic, Outline {
  readonly count: number;
  readonly activities: number;
  readonly step: number;
  readonly openFrom: number;
  readonly commits: number;
  readonly commitsEach: number;
  readonly branches: number;
  readonly tags: number;
  readonly graph: LargeGraph;
  private readonly firstActivity: number;
  private readonly firstComment: number;

  constructor(
    private readonly world: World,
    options: LargeDataset,
    private readonly people: readonly User[],
    private readonly until: number,
    readonly repository: () => Repository,
  ) {
    this.count = options.pullRequests;
    this.step = (options.minutesApart ?? 2) * 60_000;
    this.activities = Math.max(2, options.activitiesPerPullRequest ?? 4);
    this.openFrom = this.count - (options.open ?? Math.ceil(this.count / 50)) + 1;
    this.commits = Math.max(1, options.commits ?? 1);
    this.commitsEach = Math.max(1, options.commitsPerPullRequest ?? 1);
    this.branches = options.branches ?? 0;
    this.tags = options.tags ?? 0;
    this.graph = new LargeGraph(this);
    const room = this.count * this.activities;
    this.firstActivity = world.nextId('activity', room) - room;
    this.firstComment = world.nextId('comment', room) - room;
  }

  state(id: number): PullRequest['state'] {
    return id >= this.openFrom ? 'OPEN' : id % 9 === 0 ? 'DECLINED' : 'MERGED';
  }

  merged(id: number): boolean {
    return this.state(id) === 'MERGED';
  }

  mergedUpTo(id: number): number {
    return id - Math.floor(id / 9);
  }

  branch(id: number, end: 'from' | 'to'): string {
    return end === 'from' ? `feature/${id}` : 'main';
  }

  fill(git: Git): void {
    this.graph.fill(git);
  }

  createdDate(id: number): number {
    return this.until - (this.count - id + 1) * this.step;
  }

  updatedDate(id: number): number {
    return this.createdDate(id) + (this.state(id) === 'OPEN' ? 0 : LIFE);
  }

  make(id: number): PullRequest {
    return new SyntheticPullRequest(this, id);
  }

  person(id: number, offset: number): User {
    return this.people[(id * 7 + offset) % this.people.length]!;
  }

  hash(id: number, what: string): string {
    return hash(this.world.seed, this.repository().id, id, what);
  }

  /** How many people there are besides the author and one more. */
  get crowd(): number {
    return this.people.length - 2;
  }

  approved(): boolean {
    return this.activities > 3;
  }

  /** OPENED, the comments, APPROVED if there is room, and the end. */
  comments(id: number): number {
    return this.activities - (this.state(id) === 'OPEN' ? 1 : 2) - (this.approved() ? 1 : 0);
  }

  activitiesOf(pullRequest: PullRequest): Activity[] {
    const { id, author, createdDate, updatedDate, state, mergeCommit } = pullRequest;
    const made: Activity[] = [];
    const add = (user: User, action: string, date: number, rest: Partial<Activity> = {}): void => {
      made.push({
        id: this.firstActivity + (id - 1) * this.activities + made.length + 1,
        createdDate: date,
        user,
        action,
        ...rest,
      });
    };
    add(author, 'OPENED', createdDate + 20);
    for (let index = 0, count = this.comments(id); index < count; index += 1) {
      const date = createdDate + 1000 + Math.floor((index * 60_000) / this.activities);
      const comment: Comment = {
        id: this.firstComment + (id - 1) * this.activities + index + 1,
        version: 0,
        text: `Remark ${index} on pull request ${id}: please look at this again before we merge it.`,
        author: this.person(id, index + 1),
        createdDate: date,
        updatedDate: date,
        replies: [],
        tasks: [],
        severity: 'NORMAL',
        state: 'OPEN',
      };
      add(comment.author, 'COMMENTED', date + 2, { comment });
    }
    if (this.approved()) add(this.person(id, 1), 'APPROVED', createdDate + 80_000);
    if (state !== 'OPEN') add(author, state, updatedDate, mergeCommit === undefined ? {} : { commit: mergeCommit });
    return made;
  }
}

/** One of them; what lists do not show is made when somebody looks. */
class SyntheticPullRequest implements PullRequest {
  readonly repository: Repository;
  version: number;
  title: string;
  description?: string;
  state: PullRequest['state'];
  draft = false;
  readonly createdDate: number;
  updatedDate: number;
  closedDate?: number;
  readonly author: User;
  reviewers: Participant[];
  participants: Participant[];
  readonly from: Ref;
  to: Ref;
  readonly counters: PullRequest['counters'];
  private ownMerge: Commit | undefined;
  private lazyFiles: readonly FileChange[] | undefined;
  private lazyActivities: Activity[] | undefined;

  constructor(
    private readonly synthesis: Synthesis,
    readonly id: number,
  ) {
    const repository = synthesis.repository();
    this.repository = repository;
    this.state = synthesis.state(id);
    this.version = this.state === 'MERGED' ? 2 : this.state === 'DECLINED' ? 1 : 0;
    this.title = `Pull request ${id}: change module ${id % 97}`;
    this.description = `What it does and why, in a sentence or two, for number ${id}.`;
    this.createdDate = synthesis.createdDate(id);
    this.updatedDate = synthesis.updatedDate(id);
    this.author = synthesis.person(id, 0);
    const head = synthesis.graph.headId(id);
    const base = synthesis.graph.baseId(id);
    const user = synthesis.person(id, 1);
    this.reviewers = [
      synthesis.approved() ? { user, status: 'APPROVED', lastReviewedCommit: head } : { user, status: 'UNAPPROVED' },
    ];
    const comments = synthesis.comments(id);
    this.participants = Array.from({ length: Math.max(0, Math.min(comments, synthesis.crowd) - 1) }, (_, index) => ({
      user: synthesis.person(id, index + 2),
      status: 'UNAPPROVED',
    }));
    this.from = { repository, type: 'BRANCH', name: `feature/${id}`, commit: head };
    this.to = { repository, type: 'BRANCH', name: 'main', commit: base };
    this.counters = { comments, openTasks: 0, resolvedTasks: 0 };
    if (this.state !== 'OPEN') this.closedDate = this.updatedDate;
  }

  get mergeCommit(): Commit | undefined {
    return this.ownMerge ?? (this.synthesis.merged(this.id) ? this.synthesis.graph.merge(this.id) : undefined);
  }

  set mergeCommit(commit: Commit | undefined) {
    this.ownMerge = commit;
  }

  get files(): readonly FileChange[] {
    const { id } = this;
    const path = `src/module${id % 97}/file${id % 13}.ts`;
    this.lazyFiles ??= [
      { path, type: 'MODIFY', hunks: [hunk(path, 10, id % 4, 1 + (id % 6))] },
      { path: `docs/${id % 31}.md`, type: 'MODIFY', hunks: [hunk('docs', 3, 1, 1)] },
    ];
    return this.lazyFiles;
  }

  set files(files: readonly FileChange[]) {
    this.lazyFiles = files;
  }

  get activities(): Activity[] {
    this.lazyActivities ??= this.synthesis.activitiesOf(this);
    return this.lazyActivities;
  }
}
