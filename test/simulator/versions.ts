/** The versions whose manners the simulator knows. */
export type Version = '5.16.0' | '7.21.0' | '8.19.0' | '9.4.0' | '10.4.0';

/** What a version can do, and which fields it sends. */
export interface Features {
  readonly buildNumber: string;
  /** Repositories carry `hierarchyId` (seen from 2021). */
  readonly hierarchyId: boolean;
  /** Refs of pull requests carry `type`. */
  readonly refType: boolean;
  /** Repositories can be archived and say so; `/repos` knows `archived` and `projectkey` (8.0). */
  readonly archive: boolean;
  /** Tasks are BLOCKER comments (7.2), not entries of `comment.tasks`. */
  readonly blockerComments: boolean;
  /** Comments tell whether their thread is resolved, and who resolved a task. */
  readonly threads: boolean;
  /** Draft pull requests (8.18). */
  readonly draft: boolean;
  /** `/default-branch` (7.5). */
  readonly defaultBranch: boolean;
  /** The older `/branches/default`: 204 for an empty repository, or 404. */
  readonly emptyBranch: 204 | 404;
  /** `/pull-requests/{id}.diff`. */
  readonly diffFile: boolean;
  /** The list tells the merge commit in `properties`; servers of 2022 and 2023 were recorded without. */
  readonly mergeCommit: boolean;
  /** A single pull request is answered with its `properties`. */
  readonly propertiesOfOne: boolean;
  /** Old JSON diffs and changes do not tell a copy from a move. */
  readonly copies: boolean;
  /** Nobody reads anything without a login, whatever is public. */
  readonly loginRequired: boolean;
  /** The last page says `nextPageStart: null` instead of leaving it out. */
  readonly nullNextPage: boolean;
  /** Lists of commits show the parents in full, not by name only (seen until 2018). */
  readonly fullParents: boolean;
  /** How a repository without its default branch says so where commits are asked for. */
  readonly missingDefault: 'names-it' | 'says-none';
  /** Builds can be cancelled or unknown, and are counted as such (8.x). */
  readonly cancelledBuilds: boolean;
  /** One build with its details, by its key (7.14), and the capabilities that say so. */
  readonly richBuilds: boolean;
  /** It names its repository in full (9.4). */
  readonly buildRepository: boolean;
  /** The text of a missing route. */
  readonly missingRoute: 'null-for-uri' | 'not-found';
}

const oldest: Features = {
  buildNumber: '5016000',
  hierarchyId: false,
  refType: false,
  archive: false,
  blockerComments: false,
  threads: false,
  draft: false,
  defaultBranch: false,
  emptyBranch: 204,
  diffFile: false,
  mergeCommit: true,
  propertiesOfOne: true,
  copies: false,
  loginRequired: false,
  nullNextPage: false,
  fullParents: true,
  missingDefault: 'names-it',
  cancelledBuilds: false,
  richBuilds: false,
  buildRepository: false,
  missingRoute: 'null-for-uri',
};
const seven: Features = {
  ...oldest,
  buildNumber: '7021000',
  hierarchyId: true,
  refType: true,
  blockerComments: true,
  defaultBranch: true,
  diffFile: true,
  mergeCommit: false,
  copies: true,
  fullParents: false,
  missingDefault: 'says-none',
  richBuilds: true,
};
const eight: Features = {
  ...seven,
  buildNumber: '8019000',
  archive: true,
  draft: true,
  emptyBranch: 404,
  cancelledBuilds: true,
  missingRoute: 'not-found',
};
const nine: Features = {
  ...eight,
  buildNumber: '9004000',
  threads: true,
  mergeCommit: true,
  nullNextPage: true,
  buildRepository: true,
};
const ten: Features = { ...nine, buildNumber: '10004000', propertiesOfOne: false, loginRequired: true };

/** The manners of one version. */
export const FEATURES: Readonly<Record<Version, Features>> = {
  '5.16.0': oldest,
  '7.21.0': seven,
  '8.19.0': eight,
  '9.4.0': nine,
  '10.4.0': ten,
};
