import type { Commit, PullRequest, Repository, User } from '../model';
import type { World } from '../world';
import { makeCommit } from './commits';
import { tellOfRef } from './refs';

/** The tip of a branch; one that does not exist is made, where the default branch is or with a first commit. */
export const tipOf = (world: World, repository: Repository, branch: string, by: User, at: number): Commit => {
  const { git } = repository;
  const known = git.branches.get(branch);
  if (known !== undefined) return known;
  const tip = git.tip ?? makeCommit(world, [], { message: 'Initial commit' }, by, at - 60_000);
  git.setBranch(branch, tip);
  tellOfRef(world, repository, `refs/heads/${branch}`, undefined, tip.id);
  return tip;
};

/** A commit of a pull request, also one that the server lost. */
export const commitOf = ({ repository }: PullRequest, id: string): Commit => {
  const found = repository.git.remembered(id);
  if (found === undefined) throw new Error(`There is no commit ${id}`);
  return found;
};

/** Throws unless it is in this state. */
export const expectState = ({ id, state }: PullRequest, expected: PullRequest['state']): void => {
  if (state !== expected) throw new Error(`Pull request ${id} is ${state}, not ${expected}`);
};
