import type { Simulator } from '../simulator';
import { GRAPH_HAPPENINGS } from './model-graph-events';
import { DAY } from './support/clock';

type World = Simulator['world'];
type Repository = World['repositories'][number];
type PullRequest = NonNullable<ReturnType<Repository['pullRequests']['get']>>;

/** What happens on the server: a kind, and numbers that choose to whom. What is not possible at that moment does not happen. */
export type Event = readonly [kind: EventKind | GraphEventKind, a: number, b: number];

export interface EventRules {
  /** Closed pull requests older than this are left alone by what moves no date: polling does not promise to see it. */
  readonly lookbackDays: number;
  /** Whether what no list shows (edits of comments, verdicts taken back …) may happen to open pull requests. */
  readonly invisible: boolean;
  /** The same to closed ones. */
  readonly invisibleToClosed: boolean;
  /** Whether commits may have dates that lie: whole pages of old ones end what goes by dates. @default false */
  readonly wrongDates?: boolean;
}

/** Applies events to a simulator. */
export class Events {
  /** Repositories that were out of sight for a while: what hangs below them is read again. */
  readonly cameBack = new Set<number>();
  /** Closed ones that were too old to be watched when something moved their date: what they were like before, no sync remembers. */
  private readonly forgotten = new Set<PullRequest>();
  private readonly count = new Map<string, number>();

  constructor(
    private readonly simulator: Simulator,
    private readonly rules: EventRules,
  ) {}

  apply([kind, a, b]: Event): void {
    ALL[kind](this, a, b);
  }

  get history(): Simulator['history'] {
    return this.simulator.history;
  }

  get world(): World {
    return this.simulator.world;
  }

  /** A name that nothing had before. */
  fresh(what: string): string {
    const next = (this.count.get(what) ?? 0) + 1;
    this.count.set(what, next);
    return `${what}${next}`;
  }

  person(n: number): number | undefined {
    return pick(
      this.world.users.filter(({ type }) => type === 'NORMAL'),
      n,
    )?.id;
  }

  /** Anybody but the account that reads. */
  somebodyElse(n: number) {
    return pick(this.world.users.slice(2), n);
  }

  project(n: number, personal = false) {
    return pick(
      this.world.projects.filter(({ deleted, owner }) => !deleted && (personal || owner === undefined)),
      n,
    );
  }

  repository(n: number, suits: (repository: Repository) => boolean = () => true): Repository | undefined {
    return pick(
      this.world.repositories.filter((each) => !each.deleted && suits(each)),
      n,
    );
  }

  pullRequest(n: number, suits: (pullRequest: PullRequest) => boolean): PullRequest | undefined {
    const reachable = this.world.visibleRepositories().filter(({ state }) => state === 'AVAILABLE');
    const all = reachable.flatMap(({ pullRequests }) => pullRequests.ids('ALL').map((id) => pullRequests.get(id)!));
    return pick(all.filter(suits), n);
  }

  open(n: number): PullRequest | undefined {
    return this.pullRequest(n, ({ state }) => state === 'OPEN');
  }

  /** One to which something may happen that its date does not tell. */
  watched(n: number, suits: (pullRequest: PullRequest) => boolean = () => true): PullRequest | undefined {
    return this.pullRequest(n, (each) => this.isWatched(each) && suits(each));
  }

  /** A closed one that moves up again. */
  revived(n: number, state: 'DECLINED' | 'MERGED'): PullRequest | undefined {
    const found = this.pullRequest(n, (each) => each.state === state);
    if (found !== undefined && !this.isWatched(found)) this.forgotten.add(found);
    return found;
  }

  /** Something of it may be deleted. */
  isRemembered(pullRequest: PullRequest): boolean {
    return !this.forgotten.has(pullRequest);
  }

  /** The same, by its ids. */
  isForgotten(repository: number, pullRequest: number): boolean {
    return [...this.forgotten].some((each) => each.repository.id === repository && each.id === pullRequest);
  }

  private isWatched({ state, updatedDate }: PullRequest): boolean {
    return state === 'OPEN' || updatedDate >= this.world.now() - this.rules.lookbackDays * DAY;
  }

  /** One to which something may happen that nothing in the list tells. */
  unwatched(n: number, suits: (pullRequest: PullRequest) => boolean = () => true): PullRequest | undefined {
    const { invisible, invisibleToClosed } = this.rules;
    return invisible ? this.watched(n, (each) => (each.state === 'OPEN' || invisibleToClosed) && suits(each)) : undefined;
  }

  get seesInvisible(): boolean {
    return this.rules.invisible;
  }

  get allowsWrongDates(): boolean {
    return this.rules.wrongDates === true;
  }
}

function pick<T>(list: readonly T[], n: number): T | undefined {
  return list.length === 0 ? undefined : list[n % list.length];
}

const reference = ({ repository, id }: PullRequest) => ({ repositoryId: repository.id, id });
const comments = ({ activities }: PullRequest) => activities.flatMap(({ comment }) => comment ?? []);
const isTask = ({ severity, tasks }: ReturnType<typeof comments>[number]) => severity === 'BLOCKER' || tasks.length > 0;
const hasComments = (pullRequest: PullRequest) => comments(pullRequest).length > 0;

type Happening = (on: Events, a: number, b: number) => void;

/** Makes a happening of what happens to one pull request that `choose` finds. */
const to =
  (
    choose: 'open' | 'watched' | 'unwatched',
    happen: (on: Events, pullRequest: PullRequest, b: number) => void,
    suits?: (pullRequest: PullRequest) => boolean,
  ): Happening =>
  (on, a, b) => {
    const found = choose === 'open' ? on.open(a) : on[choose](a, suits);
    if (found !== undefined) happen(on, found, b);
  };

const verdict = (kind: 'approve' | 'unapprove' | 'needsWork') => (on: Events, pullRequest: PullRequest, b: number) => {
  const user = on.person(b);
  if (user !== undefined && user !== pullRequest.author.id) on.history[kind](reference(pullRequest), user);
};

const task = (act: 'resolveTask' | 'reopenTask') => (on: Events, pullRequest: PullRequest, b: number) => {
  const found = pick(comments(pullRequest).filter(isTask), b);
  if (found !== undefined) on.history[act](reference(pullRequest), found.severity === 'BLOCKER' ? found.id : found.tasks[0]!.id);
};

const HAPPENINGS = {
  createPullRequest: (on, a, b) => {
    const repository = on.repository(a);
    const author = on.person(b);
    if (repository === undefined || author === undefined) return;
    const reviewers = [on.person(b + 1)!, on.person(b + 2)!].filter((id) => id !== author).slice(0, b % 3);
    const fork = b % 4 === 0 ? on.repository(b, ({ origin }) => origin === repository) : undefined;
    on.history.createPullRequest(repository.id, {
      author,
      reviewers: [...new Set(reviewers)],
      files: [],
      ...(fork && { fromRepository: fork.id }),
    });
  },
  editTitle: to('open', (on, each) => on.history.edit(reference(each), { title: on.fresh('Title ') })),
  editClosed: (on, a) => {
    const found = on.revived(a, 'MERGED');
    if (found !== undefined) on.history.edit(reference(found), { description: on.fresh('Description ') });
  },
  editTarget: to('open', (on, each, b) => on.history.edit(reference(each), { target: `branch-${b % 3}` })),
  setReviewers: to('open', (on, each, b) => {
    const wanted = [on.person(b)!, on.person(b + 1)!].filter((id) => id !== each.author.id);
    on.history.setReviewers(reference(each), [...new Set(wanted)]);
  }),
  selfAddReviewer: to('watched', (on, each, b) => {
    const user = on.person(b);
    if (user !== undefined && user !== each.author.id) on.history.selfAddReviewer(reference(each), user);
  }),
  approve: to('watched', verdict('approve')),
  unapprove: to('unwatched', verdict('unapprove')),
  needsWork: to('unwatched', verdict('needsWork')),
  push: to('open', (on, each, b) => {
    // Nobody remembers which commits one had that was closed for long (docs/guarantees.md, limits).
    const removed = on.isRemembered(each) ? b % 2 : 0;
    on.history.push(reference(each), { removed, ...(b % 3 === 0 && { files: [] }) });
  }),
  moveTarget: (on, a, b) => {
    const repository = on.repository(a);
    if (repository !== undefined) on.history.moveTarget(repository.id, { version: b % 2 === 0 });
  },
  bumpVersion: to('open', (on, each) => on.history.bumpVersion(reference(each))),
  comment: to('watched', (on, each, b) => on.history.comment(reference(each), { user: on.person(b)! })),
  inlineComment: to('watched', (on, each, b) => on.history.inlineComment(reference(each), { user: on.person(b)!, path: 'a.ts' })),
  reply: to(
    'watched',
    (on, each, b) => on.history.reply(reference(each), pick(comments(each), b)!.id, { user: on.person(b)! }),
    hasComments,
  ),
  editComment: to(
    'unwatched',
    (on, each, b) => on.history.editComment(reference(each), pick(comments(each), b)!.id, on.fresh('Text ')),
    hasComments,
  ),
  deleteComment: to('unwatched', (on, each, b) => {
    if (!on.isRemembered(each)) return;
    const found = pick(
      comments(each).filter(({ replies }) => replies.length === 0),
      b,
    );
    if (found !== undefined) on.history.deleteComment(reference(each), found.id);
  }),
  addTask: to('watched', (on, each, b) => on.history.addTask(reference(each), { user: on.person(b)! })),
  resolveTask: to('unwatched', task('resolveTask')),
  reopenTask: to('unwatched', task('reopenTask')),
  pluginActivity: to('unwatched', (on, each, b) =>
    on.history.pluginActivity(reference(each), { user: on.person(b)!, action: 'ACME_SCANNED' }),
  ),
  decline: to('open', (on, each) => on.history.decline(reference(each))),
  reopen: (on, a) => {
    const found = on.revived(a, 'DECLINED');
    if (found !== undefined) on.history.reopen(reference(found));
  },
  merge: to('open', (on, each) => on.history.merge(reference(each))),
  remoteMerge: to('open', (on, each) => on.history.remoteMerge(reference(each))),
  setDraft: to('open', (on, each, b) => on.history.setDraft(reference(each), b % 2 === 0)),
  deletePullRequest: to('watched', (on, each) => {
    if (on.isRemembered(each)) on.history.deletePullRequest(reference(each));
  }),
  createProject: (on) => on.history.createProject({ key: on.fresh('P') }),
  renameProject: (on, a) => {
    const found = on.project(a);
    if (found !== undefined) on.history.renameProject(found.id, on.fresh(a % 2 === 0 ? 'Aaa ' : 'Zzz '));
  },
  changeProjectKey: (on, a) => {
    const found = on.project(a);
    if (found !== undefined) on.history.changeProjectKey(found.id, on.fresh(a % 2 === 0 ? 'AK' : 'ZK'));
  },
  deleteProject: (on, a, b) => {
    const found = b % 3 === 0 ? on.project(a) : undefined;
    if (found !== undefined) on.history.deleteProject(found.id);
  },
  reuseProjectKey: (on, a) => {
    const former = pick(
      [...on.world.formerProjects.keys()].filter((key) => on.world.findProject(key) === undefined),
      a,
    );
    if (former !== undefined) on.history.reuseProjectKey(former.toUpperCase());
  },
  createPersonalProject: (on, a) => {
    const owner = pick(
      on.world.users.slice(2).filter((user) => on.world.findProject(`~${user.slug}`) === undefined),
      a,
    );
    if (owner === undefined) return;
    on.history.createRepository(on.history.createPersonalProject(owner.id), { slug: on.fresh('dotfiles') });
  },
  createRepository: (on, a, b) => {
    const project = on.project(a, true);
    if (project !== undefined)
      on.history.createRepository(project.id, {
        slug: on.fresh(b % 2 === 0 ? 'a' : 'z'),
        ...(b % 4 === 0 && { defaultBranch: null }),
      });
  },
  forkRepository: (on, a, b) => {
    const origin = on.repository(a);
    const project = on.project(b, true);
    if (origin !== undefined && project !== undefined)
      on.history.forkRepository(origin.id, project.id, { slug: on.fresh('fork') });
  },
  renameRepository: (on, a, b) => {
    const found = on.repository(a);
    if (found !== undefined) on.history.renameRepository(found.id, { slug: on.fresh(b % 2 === 0 ? 'aa' : 'zz') });
  },
  moveRepository: (on, a, b) => {
    const found = on.repository(a);
    const project = on.project(b);
    const taken =
      found !== undefined && project !== undefined && on.world.findRepository(`${project.key}/${found.slug}`) !== undefined;
    if (found === undefined || project === undefined || taken) return;
    // Out of a project that is out of sight.
    if (!on.world.visibleRepositories().includes(found)) on.cameBack.add(found.id);
    on.history.moveRepository(found.id, project.id);
  },
  editRepository: (on, a) => {
    const found = on.repository(a);
    if (found !== undefined) on.history.editRepository(found.id, { description: on.fresh('About ') });
  },
  offline: (on, a) => {
    const found = on.repository(a);
    if (found !== undefined)
      on.history.editRepository(found.id, { state: found.state === 'AVAILABLE' ? 'OFFLINE' : 'AVAILABLE' });
  },
  archive: (on, a) => {
    const found = on.world.features.archive ? on.repository(a) : undefined;
    if (found !== undefined) on.history[found.archived ? 'unarchiveRepository' : 'archiveRepository'](found.id);
  },
  setDefaultBranch: (on, a, b) => {
    const found = on.seesInvisible ? on.repository(a) : undefined;
    if (found !== undefined) on.history.setDefaultBranch(found.id, `branch-${b % 4}`);
  },
  deleteRepository: (on, a, b) => {
    const found = b % 3 === 0 ? on.repository(a) : undefined;
    if (found !== undefined) on.history.deleteRepository(found.id);
  },
  hideRepository: (on, a, b) => {
    const found = on.repository(a);
    if (found !== undefined) on.history.hideRepository(found.id, b % 2 === 0 ? 401 : 404);
  },
  showRepository: (on, a) => {
    const found = on.repository(a, ({ hidden }) => hidden !== false);
    if (found === undefined) return;
    on.cameBack.add(found.id);
    on.history.showRepository(found.id);
  },
  hideProject: (on, a, b) => {
    const found = on.project(a);
    if (found !== undefined) on.history.hideProject(found.id, b % 2 === 0 ? 401 : 404);
  },
  showProject: (on, a) => {
    const found = pick(
      on.world.projects.filter(({ hidden, deleted }) => hidden !== false && !deleted),
      a,
    );
    if (found === undefined) return;
    for (const { id, project } of on.world.repositories) if (project === found) on.cameBack.add(id);
    on.history.showProject(found.id);
  },
  createUser: (on) => on.history.createUser({ name: on.fresh('user') }),
  renameUser: (on, a, b) => {
    const found = on.somebodyElse(a);
    if (found !== undefined && !found.deleted)
      on.history.renameUser(found.id, b % 2 === 0 ? { displayName: on.fresh('Somebody ') } : { name: on.fresh('name') });
  },
  deactivateUser: (on, a) => {
    const found = on.somebodyElse(a);
    if (found !== undefined) on.history.deactivateUser(found.id);
  },
  reactivateUser: (on, a) => {
    const found = on.somebodyElse(a);
    if (found !== undefined) on.history.reactivateUser(found.id);
  },
  deleteUser: (on, a) => {
    const found = on.somebodyElse(a);
    if (found !== undefined) on.history.deleteUser(found.id);
  },
} satisfies Record<string, Happening>;

const ALL = { ...HAPPENINGS, ...GRAPH_HAPPENINGS };

/** What happens to everything but commits, refs and builds. */
export type EventKind = keyof typeof HAPPENINGS;
export const EVENT_KINDS = Object.keys(HAPPENINGS) as EventKind[];
export type GraphEventKind = keyof typeof GRAPH_HAPPENINGS;
export const GRAPH_EVENT_KINDS = Object.keys(GRAPH_HAPPENINGS) as GraphEventKind[];
