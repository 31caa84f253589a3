import { isJson } from '../../config/json';
import { readJson } from '../transport/answer';
import { BUILDS_API } from '../paths';
import { BitbucketError } from '../errors';
import { type BuildCounters, isBuild, of, readBuildCounters, type RestBuild } from './payloads';
import { pageOf, type Requester } from './requester';

/** Commits that one request for counters may name. */
export const COMMITS_PER_REQUEST = 100;

/** The counters of up to 100 commits of any repositories; commits without builds are absent. Sent as a POST that changes nothing. */
export function buildCounters({ session, by }: Requester, ids: readonly string[]): Promise<Map<string, BuildCounters>> {
  const request = {
    kind: 'build-counters',
    method: 'POST',
    isRead: true,
    path: `${BUILDS_API}/commits/stats`,
    body: ids,
  } as const;
  return session.send({ ...request, ...by }, async (answer) => {
    const document = await readJson(answer);
    if (!isJson(document)) throw anotherKind();
    return new Map(Object.entries(document).map(([id, value]) => [id, countersIn(value)]));
  });
}

/** The counters of one commit, for servers that refuse the request for many. */
export function buildCountersOf(requester: Requester, commitId: string): Promise<BuildCounters> {
  return requester.one('build-counters', `${BUILDS_API}/commits/stats/${commitId}`, readBuildCounters);
}

/** The newest builds of a commit, 100 at most, whatever repository reported them. */
export function builds(requester: Requester, commitId: string): AsyncGenerator<readonly RestBuild[]> {
  const path = `${BUILDS_API}/commits/${commitId}`;
  const query = { orderBy: 'NEWEST' };
  return requester.list({
    kind: 'builds',
    path,
    query,
    readPage: pageOf(of(isBuild)),
    idOf: ({ key }) => key,
    limit: COMMITS_PER_REQUEST,
  });
}

function countersIn(value: unknown): BuildCounters {
  const counters = readBuildCounters(value);
  if (counters === null) throw anotherKind();
  return counters;
}

function anotherKind(): BitbucketError {
  return new BitbucketError('unexpected_answer', 'the answer is JSON of another kind');
}
