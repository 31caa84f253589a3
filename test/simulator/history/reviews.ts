import type { Participant, PullRequest, User } from '../model';
import type { PullRequestReference, UserReference, World } from '../world';
import { bump, record } from './activities';
import { time, type When } from './when';

/** Events of reviewing. Only `setReviewers` is an edit; the rest moves neither `updatedDate` nor version. */
export const reviews = (world: World) => {
  const become = (pullRequest: PullRequest, user: User, at: number): Participant => {
    const known = pullRequest.reviewers.find((each) => each.user === user);
    if (known !== undefined) return known;
    if (user === pullRequest.author) throw new Error('An author does not review');
    const reviewer: Participant = { user, status: 'UNAPPROVED' };
    pullRequest.participants = pullRequest.participants.filter((each) => each.user !== user);
    pullRequest.reviewers.push(reviewer);
    record(world, pullRequest, user, 'UPDATED', at, { reviewers: { added: [user], removed: [] } });
    return reviewer;
  };
  /** Gives a verdict; saying the same again changes nothing but what was last looked at. */
  const verdict =
    (status: Participant['status'], action: string) =>
    (pullRequest: PullRequestReference, user: UserReference, when: When = {}): void => {
      const found = world.pullRequest(pullRequest);
      const reviewer = become(found, world.user(user), time(world, when) - 5);
      const before = reviewer.status;
      reviewer.status = status;
      reviewer.lastReviewedCommit = found.from.commit;
      if (before !== status) record(world, found, reviewer.user, action, time(world, when));
      world.changed();
    };
  return {
    approve: verdict('APPROVED', 'APPROVED'),
    unapprove: verdict('UNAPPROVED', 'UNAPPROVED'),
    needsWork: verdict('NEEDS_WORK', 'REVIEWED'),

    /** Through the edit dialog: UPDATED, and it counts as an edit. Those who commented go on as participants. */
    setReviewers(
      pullRequest: PullRequestReference,
      reviewers: readonly UserReference[],
      options: When & { readonly user?: UserReference } = {},
    ): void {
      const found = world.pullRequest(pullRequest);
      const wanted = reviewers.map((each) => world.user(each));
      const before = found.reviewers;
      const added = wanted.filter((user) => !before.some((each) => each.user === user));
      const removed = before.filter((each) => !wanted.includes(each.user)).map((each) => each.user);
      found.reviewers = wanted.map((user) => before.find((each) => each.user === user) ?? { user, status: 'UNAPPROVED' });
      found.participants = found.participants.filter((each) => !wanted.includes(each.user));
      for (const user of removed) {
        if (found.activities.some((each) => each.user === user && each.comment !== undefined))
          found.participants.push({ user, status: 'UNAPPROVED' });
      }
      const at = time(world, options);
      bump(found, at);
      const user = options.user === undefined ? found.author : world.user(options.user);
      if (added.length + removed.length > 0) record(world, found, user, 'UPDATED', at, { reviewers: { added, removed } });
      world.changed();
    },

    /** Somebody starts to review by himself: UPDATED, neither date nor version. */
    selfAddReviewer(pullRequest: PullRequestReference, user: UserReference, when: When = {}): void {
      become(world.pullRequest(pullRequest), world.user(user), time(world, when));
      world.changed();
    },
  };
};
