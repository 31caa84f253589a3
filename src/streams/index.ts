import { branches } from './branches';
import { builds } from './builds';
import { commits } from './commits';
import { projects } from './projects';
import { pullRequestActivities } from './pull_request_activities';
import { pullRequestCommits } from './pull_request_commits';
import { pullRequestDiffs } from './pull_request_diffs';
import { pullRequests } from './pull_requests';
import { repositories } from './repositories';
import type { Stream } from './stream';
import { tags } from './tags';
import { users } from './users';

/** The streams, in catalog order. */
export const streams: readonly Stream[] = [
  projects,
  repositories,
  users,
  pullRequests,
  pullRequestActivities,
  pullRequestDiffs,
  pullRequestCommits,
  branches,
  tags,
  commits,
  builds,
];

/** What `sync` reads into a new file where nobody says otherwise: people, places, and all about pull requests. */
export const defaultStreams = streams.filter(({ name, kind }) => kind === 'snapshot' || name.startsWith('pull_request'));
