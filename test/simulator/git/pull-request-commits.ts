import type { Commit, PullRequest } from '../model';
import { difference, Log } from './commit-graph';

const lists = new WeakMap<PullRequest, { readonly between: string; readonly commits: readonly Commit[] }>();

/** What the source has and the target has not, newest first; of a closed pull request as it was when it closed. */
export const commitsOf = (pullRequest: PullRequest): readonly Commit[] => {
  const { from, to } = pullRequest;
  const between = `${to.commit}..${from.commit}`;
  const known = lists.get(pullRequest);
  if (known?.between === between) return known.commits;
  const { git } = pullRequest.repository;
  const [source, target] = [git.remembered(from.commit), git.remembered(to.commit)];
  const within = source === undefined ? new Set<Commit>() : difference([source], target === undefined ? [] : [target]);
  const commits = source === undefined || !within.has(source) ? [] : new Log([source], within).all();
  lists.set(pullRequest, { between, commits });
  return commits;
};
