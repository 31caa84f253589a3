import type { Commit, Person } from '../model';
import type { UserReference, World } from '../world';

/** What a commit says of itself; what is left out is made up. */
export interface NewCommit {
  readonly message?: string;
  /** Somebody Bitbucket knows, or a name and an address that it does not. @default whoever pushes */
  readonly author?: UserReference | Person;
  /** @default the author */
  readonly committer?: UserReference | Person;
  /** Epoch milliseconds, any. @default the committer's date */
  readonly authorDate?: number;
  /** Epoch milliseconds, any. @default the time of the event, some seconds apart */
  readonly committerDate?: number;
  readonly issueKeys?: readonly string[];
}

/** How many commits, who wrote each, or what each says; oldest first. */
export type NewCommits = number | readonly (Person | NewCommit)[];

/** How many there are to be. */
export const countOf = (commits: NewCommits): number => (typeof commits === 'number' ? commits : commits.length);

/** One commit on these parents. */
export const makeCommit = (world: World, parents: readonly Commit[], commit: NewCommit, by: Person, at: number): Commit => {
  const id = world.nextHash('commit', at);
  const author = personOf(world, commit.author ?? by);
  const committerDate = commit.committerDate ?? Math.floor(at / 1000) * 1000;
  return {
    id,
    message: commit.message ?? `Change ${id.slice(0, 7)}`,
    author,
    authorDate: commit.authorDate ?? committerDate,
    committer: commit.committer === undefined ? author : personOf(world, commit.committer),
    committerDate,
    parents,
    ...(commit.issueKeys === undefined ? {} : { issueKeys: commit.issueKeys }),
    generation: 1 + Math.max(0, ...parents.map(({ generation }) => generation)),
  };
};

/** A chain of commits upon `base`, or from the beginning; its newest. */
export const makeCommits = (
  world: World,
  base: Commit | undefined,
  commits: NewCommits,
  by: Person,
  at: number,
): Commit | undefined => {
  const count = countOf(commits);
  let tip = base;
  for (let index = 0; index < count; index += 1) {
    const given = typeof commits === 'number' ? {} : commits[index]!;
    const said: NewCommit = 'name' in given ? { author: given } : given;
    tip = makeCommit(world, tip === undefined ? [] : [tip], said, by, at - (count - index) * 1000);
  }
  return tip;
};

/** The same changes upon another commit: authors and their dates stay, the committer's date is now. */
export const replay = (world: World, commits: readonly Commit[], onto: Commit, by: Person, at: number): Commit => {
  let tip = onto;
  for (const [index, { message, author, authorDate, issueKeys }] of commits.entries()) {
    const committerDate = Math.floor(at / 1000) * 1000 - (commits.length - 1 - index) * 1000;
    const said = { message, author, authorDate, committer: by, committerDate, ...(issueKeys === undefined ? {} : { issueKeys }) };
    tip = makeCommit(world, [tip], said, by, at);
  }
  return tip;
};

const personOf = (world: World, person: UserReference | Person): Person =>
  typeof person === 'object' ? person : world.user(person);
