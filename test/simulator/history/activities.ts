import type { Activity, PullRequest, User } from '../model';
import type { World } from '../world';

/** Adds an activity to a pull request; its id is the next of the whole instance. */
export const record = (
  world: World,
  pullRequest: PullRequest,
  user: User,
  action: string,
  createdDate: number,
  rest: Partial<Activity> = {},
): number => {
  const id = world.nextId('activity');
  pullRequest.activities.push({ id, createdDate, user, action, ...rest });
  return id;
};

/** An edit: moves `updatedDate` and the version. */
export const bump = (pullRequest: PullRequest, at: number, by = 1): void => {
  pullRequest.updatedDate = at;
  pullRequest.version += by;
};

/** Somebody who comments and is neither author nor reviewer takes part. */
export const takePart = (pullRequest: PullRequest, user: User): void => {
  const known =
    pullRequest.author === user || [...pullRequest.reviewers, ...pullRequest.participants].some((each) => each.user === user);
  if (!known) pullRequest.participants.push({ user, status: 'UNAPPROVED' });
};
