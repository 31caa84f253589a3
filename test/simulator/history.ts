import { branches } from './history/branches';
import { builds } from './history/builds';
import { comments } from './history/comments';
import { merges } from './history/merges';
import { people } from './history/people';
import { permissions } from './history/permissions';
import { projects } from './history/projects';
import { pullRequests } from './history/pull-requests';
import { repositories } from './history/repositories';
import { reviews } from './history/reviews';
import { tags } from './history/tags';
import type { World } from './world';

/** The events: everything that ever happens on the server goes through here, under the rules by which Bitbucket dates and counts. */
export const history = (world: World) => {
  const { close, ...onPullRequests } = pullRequests(world);
  /** The server itself declines what comes from a deleted fork. */
  const system = () => world.users.find(({ type }) => type === 'SERVICE');
  return {
    ...people(world),
    ...projects(world),
    ...permissions(world),
    ...repositories(world, (pullRequest, at) => close(pullRequest, 'DECLINED', system() ?? pullRequest.author, at)),
    ...branches(world, close),
    ...tags(world),
    ...builds(world),
    ...onPullRequests,
    ...merges(world, close),
    ...reviews(world),
    ...comments(world),
  };
};

export type History = ReturnType<typeof history>;
