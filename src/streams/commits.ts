import type { RestCommit } from '../bitbucket/api/payloads';
import type { CommitRecord } from '../generated/commits';
import { columnsOf } from './columns';
import { instant } from './documents';
import { commitColumns, issueKeysOf } from './history/commit-columns';
import type { CommitsRun } from './history/commits-run';
import { type CommitsState, NO_COMMITS, parseCommitsState, printCommitsState, whenGone } from './history/commits-state';
import { readCommits } from './history/read-commits';
import { type RepositoryReference, type RepositoryStream, type Row, type StreamRun, tombstone } from './stream';

const HOUR_MS = 3600 * 1000;
/** Dates lie: a backfill goes on for so long beyond `start_date`, in milliseconds. */
const MARGIN_MS = 30 * 24 * HOUR_MS;

const described = {
  name: 'commits',
  primaryKey: ['repository_id', 'id'],
  cursor: 'committer_date',
  columns: columnsOf('commits'),
  requestKinds: ['commits'],
};

/** The commits of the branches that are read, by what came since the tips that were read last. */
export const commits: RepositoryStream<CommitsState> = {
  ...{ kind: 'repository', ...described, readsBranches: true },
  state: { initial: () => NO_COMMITS, parse: parseCommitsState, print: printCommitsState, whenGone },
  read: (api, refs, state, run) => readCommits(api, refs, state, commitsRun(api.repository, run)),
};

/** What reading commits goes by, as the configuration says; whoever else reads them gives other rows, or none. */
export function commitsRun(repository: RepositoryReference, { config, startedAt, now, log }: StreamRun): CommitsRun {
  return {
    selects: (branch) => config.branches.some(({ matches }) => matches.test(branch)),
    beginning: config.startDate ?? -Infinity,
    marginMs: MARGIN_MS,
    startedAt,
    recheckMs: config.recheckHours * HOUR_MS,
    warn: (message) => log('WARN', `commits: ${message}`),
    row: (commit, onDefault) => rowOf(commit, onDefault, repository),
    tombstone: ({ id, committerTimestamp }) => ({
      ...tombstone(described, { repository_id: repository.id, id }, now()),
      // A commit that comes back has this date again, and must win.
      committer_date: instant(committerTimestamp),
    }),
  };
}

function rowOf(commit: RestCommit, onDefault: boolean, repository: RepositoryReference): Row {
  const said = commitColumns(commit);
  return {
    repository_id: repository.id,
    id: commit.id,
    repository_full_name: repository.fullName,
    ...said,
    is_merge: said.parents === null ? null : said.parents.length > 1,
    on_default_branch: onDefault,
    issue_keys: issueKeysOf(commit),
    deleted_at: null,
  } satisfies CommitRecord;
}
