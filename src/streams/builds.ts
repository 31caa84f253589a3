import type { RestBuild, RestRichBuild } from '../bitbucket/api/payloads';
import { isJson } from '../config/json';
import type { Config } from '../config/config';
import type { BuildRecord } from '../generated/builds';
import { columnsOf } from './columns';
import { instant, integer, text } from './documents';
import { fingerprint, shortFingerprint } from './fingerprint';
import { headsOf } from './watch/heads';
import { recentCommitsOf } from './watch/recent-commits';
import type { Described, RepositoryReference, WatchStream } from './stream';

const described: Described = {
  name: 'builds',
  primaryKey: ['repository_id', 'commit_id', 'key'],
  cursor: 'changed_at',
  columns: columnsOf('builds'),
  requestKinds: ['build-counters', 'builds', 'build'],
};

/** The build statuses of watched commits: tips of branches that are read, heads of pull requests, and recent commits. */
export const builds: WatchStream = {
  ...described,
  kind: 'watch',
  heads: headsOf(described),
  commits: recentCommitsOf(described),
  // What is a deployment is for the configuration to say: other patterns, and whether details are read, make other rows.
  settings: ({ buildDetails, deploymentBuilds }) =>
    fingerprint([buildDetails, deploymentBuilds.map((pattern) => [pattern.text, pattern.environment])]),
  // Tens of thousands may stand in a state.
  fingerprint: (build) => shortFingerprint({ ...build }),
  row,
};

function row(
  commitId: string,
  build: RestBuild,
  details: RestRichBuild | null,
  repository: RepositoryReference,
  config: Config,
): Omit<BuildRecord, 'changed_at'> {
  const name = text(build.name);
  const deployment = config.deploymentBuilds.find(
    ({ matches }) => matches.test(build.key) || (name !== null && matches.test(name)),
  );
  const tests = isJson(details?.testResults) ? details.testResults : {};
  return {
    repository_id: repository.id,
    commit_id: commitId,
    key: build.key,
    repository_full_name: repository.fullName,
    name,
    state: text(build.state),
    url: text(build.url),
    description: text(build.description),
    date_added: instant(build.dateAdded),
    build_number: text(details?.buildNumber),
    ref: text(details?.ref),
    parent: text(details?.parent),
    created_date: instant(details?.createdDate),
    updated_date: instant(details?.updatedDate),
    duration_ms: integer(details?.duration),
    tests_successful: integer(tests.successful),
    tests_failed: integer(tests.failed),
    tests_skipped: integer(tests.skipped),
    is_deployment: deployment !== undefined,
    environment: deployment?.environment ?? null,
    deleted_at: null,
  };
}
