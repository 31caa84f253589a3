import type { History } from '../history';
import { hunk } from '../diffs/files';
import type { Activity, Comment, Commit, Participant, PullRequest, Repository, User } from '../model';
import type { Synthetic } from '../pull-requests';
import { hash } from '../random';
import type { World } from '../world';

export interface LargeDataset {
  readonly repositories: number;
  /** In each repository. */
  readonly pullRequests: number;
  /** At least 2 of a closed, 1 of an open pull request. @default 4 */
  readonly activitiesPerPullRequest?: number;
  /** How many of the newest are open. @default 1 in 50 */
  readonly open?: number;
  /** @default 20 */
  readonly repositoriesPerProject?: number;
  /** @default 50 */
  readonly users?: number;
}

/** From one pull request to the next, and from its creation to its end. */
const STEP = 120_000;
const LIFE = 90_000;

/** Repositories of which the pull requests are made up when asked for: none is in memory until an event touches it. */
export const fillLarge = (world: World, history: History, options: LargeDataset, until: number): void => {
  const { repositories, repositoriesPerProject = 20, users = 50 } = options;
  for (let index = 0; index < users; index += 1) history.createUser({ name: `user${index}`, displayName: `User ${index}` });
  const people = world.users.filter(({ name }) => name.startsWith('user'));
  for (let index = 0; index < repositories; index += 1) {
    const key = `LARGE${Math.floor(index / repositoriesPerProject)}`;
    if (index % repositoriesPerProject === 0) history.createProject({ key, name: `Large ${key}` });
    history.createRepository(key, { slug: `repository-${index}`, synthetic: (repository) => synthesis(world, options, people, until, repository) });
  }
};

const synthesis = (world: World, options: LargeDataset, people: readonly User[], until: number, repository: () => Repository): Synthetic => {
  const { pullRequests: count, activitiesPerPullRequest = 4 } = options;
  const openFrom = count - (options.open ?? Math.ceil(count / 50)) + 1;
  const perPullRequest = Math.max(2, activitiesPerPullRequest);
  const firstActivity = world.nextId('activity', count * perPullRequest) - count * perPullRequest;
  const firstComment = world.nextId('comment', count * perPullRequest) - count * perPullRequest;
  const state = (id: number): PullRequest['state'] => (id >= openFrom ? 'OPEN' : id % 9 === 0 ? 'DECLINED' : 'MERGED');
  const createdDate = (id: number): number => until - (count - id) * STEP - STEP;
  const updatedDate = (id: number): number => createdDate(id) + (state(id) === 'OPEN' ? 0 : LIFE);
  const person = (id: number, offset: number): User => people[(id * 7 + offset) % people.length]!;
  const comments = (id: number): number => perPullRequest - (state(id) === 'OPEN' ? 1 : 2) - (perPullRequest > 3 ? 1 : 0);

  const activitiesOf = (id: number, pullRequest: PullRequest): Activity[] => {
    const made: Activity[] = [];
    const add = (user: User, action: string, date: number, rest: Partial<Activity> = {}): void => {
      made.push({ id: firstActivity + (id - 1) * perPullRequest + made.length + 1, createdDate: date, user, action, ...rest });
    };
    add(pullRequest.author, 'OPENED', pullRequest.createdDate + 20);
    for (let index = 0; index < comments(id); index += 1) {
      const date = pullRequest.createdDate + 1000 + Math.floor((index * 60_000) / perPullRequest);
      const comment: Comment = {
        id: firstComment + (id - 1) * perPullRequest + index + 1, version: 0, text: `Remark ${index} on pull request ${id}: please look at this again before we merge it.`,
        author: person(id, index + 1), createdDate: date, updatedDate: date, replies: [], tasks: [], severity: 'NORMAL', state: 'OPEN',
      };
      add(comment.author, 'COMMENTED', date + 2, { comment });
    }
    if (perPullRequest > 3) add(person(id, 1), 'APPROVED', pullRequest.createdDate + 80_000);
    if (pullRequest.state !== 'OPEN') add(pullRequest.author, pullRequest.state, pullRequest.updatedDate, pullRequest.mergeCommit === undefined ? {} : { commit: pullRequest.mergeCommit });
    return made;
  };

  const make = (id: number): PullRequest => {
    const target = repository();
    const author = person(id, 0);
    const created = createdDate(id);
    const updated = updatedDate(id);
    const status = state(id);
    const head = hash(world.seed, target.id, id, 'head');
    const base = hash(world.seed, target.id, id, 'base');
    const commits: Commit[] = [{ id: head, message: `Change ${id}`, author, date: Math.floor(created / 1000) * 1000, parents: [{ id: base }] }];
    const reviewer: Participant = perPullRequest > 3 ? { user: person(id, 1), status: 'APPROVED', lastReviewedCommit: head } : { user: person(id, 1), status: 'UNAPPROVED' };
    const path = `src/module${id % 97}/file${id % 13}.ts`;
    let activities: Activity[] | undefined;
    const pullRequest: PullRequest = {
      repository: target, id, version: status === 'MERGED' ? 2 : status === 'DECLINED' ? 1 : 0, title: `Pull request ${id}: change module ${id % 97}`,
      description: `What it does and why, in a sentence or two, for number ${id}.`, state: status, draft: false, createdDate: created, updatedDate: updated,
      ...(status === 'OPEN' ? {} : { closedDate: updated }), author, reviewers: [reviewer],
      participants: Array.from({ length: Math.max(0, Math.min(comments(id), people.length - 2) - 1) }, (_, index): Participant => ({ user: person(id, index + 2), status: 'UNAPPROVED' })),
      from: { repository: target, type: 'BRANCH', name: `feature/${id}`, commit: head }, to: { repository: target, type: 'BRANCH', name: 'main', commit: base }, commits,
      files: [{ path, type: 'MODIFY', hunks: [hunk(path, 10, id % 4, 1 + (id % 6))] }, { path: `docs/${id % 31}.md`, type: 'MODIFY', hunks: [hunk('docs', 3, 1, 1)] }],
      counters: { comments: comments(id), openTasks: 0, resolvedTasks: 0 },
      get activities() {
        activities ??= activitiesOf(id, pullRequest);
        return activities;
      },
    };
    if (status === 'MERGED') pullRequest.mergeCommit = { id: hash(world.seed, target.id, id, 'merge'), message: `Pull request #${id}`, author, date: Math.floor(updated / 1000) * 1000, parents: [{ id: base }, { id: head }] };
    return pullRequest;
  };
  return { count, updatedDate, state, make };
};
