import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Document = Record<string, any>;

/** What was recorded of a server; what was not is answered as empty. */
export interface Recording {
  readonly repositories: readonly Document[];
  readonly users?: readonly Document[];
  readonly pullRequests: readonly Document[];
  /** By id of the pull request. */
  readonly activities?: ReadonlyMap<number, readonly Document[]>;
  /** The JSON diff of every pull request, and its changes. */
  readonly diff?: Document;
  readonly changes?: readonly Document[];
}

/** A server that gives recorded documents as they are, in pages of two. */
export async function replay(recording: Recording): Promise<{ url: string; requests: string[]; stop: () => void }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://replay');
    requests.push(url.pathname + url.search);
    response.setHeader('x-ausername', 'airbyte');
    const raw = request.headers.accept === 'text/plain';
    const found = raw
      ? undefined
      : answer(recording, decodeURIComponent(url.pathname.replace('/rest/api/1.0/', '')), url.searchParams);
    if (found === undefined) refuse(response, raw ? 406 : 404, exceptionFor(url.pathname));
    else json(response, 200, Array.isArray(found) ? page(found as Document[], url.searchParams) : found);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, stop };
}

/** Each project that a repository names, once. */
export function projectsOf(repositories: readonly Document[]): Document[] {
  return [...new Map(repositories.map(({ project }) => [Number(project.id), project as Document])).values()];
}

function answer(recording: Recording, path: string, query: URLSearchParams): unknown {
  const { repositories, users = [], pullRequests, activities, diff, changes = [] } = recording;
  if (path === 'application-properties') return { version: '9.4.0', buildNumber: '9004000', displayName: 'Bitbucket' };
  if (path === 'projects') return projectsOf(repositories);
  if (path === 'repos') return repositories;
  if (path === 'admin/users') return users;
  const [, key, slug, rest] = /^projects\/([^/]+)\/repos\/([^/]+)(?:\/(.*))?$/.exec(path) ?? [];
  const repository = repositories.find((each) => each.project.key === key && each.slug === slug);
  if (repository === undefined) return undefined;
  if (rest === undefined) return repository;
  if (rest === 'default-branch') return { id: 'refs/heads/main', displayId: 'main', type: 'BRANCH' };
  const here = pullRequests
    .filter((each) => each.toRef.repository.id === repository.id)
    .sort((a, b) => Number(b.updatedDate) - Number(a.updatedDate));
  if (rest === 'pull-requests') return here.filter(({ state }) => query.get('state') === 'ALL' || state === query.get('state'));
  const [, id, part] = /^pull-requests\/(\d+)(?:\/(\w+))?$/.exec(rest) ?? [];
  const pullRequest = here.find((each) => each.id === Number(id));
  if (pullRequest === undefined) return undefined;
  if (part === undefined) return pullRequest;
  if (part === 'activities') return activities?.get(Number(id)) ?? [];
  return part === 'diff' ? diff : part === 'changes' ? changes : undefined;
}

function page(values: readonly Document[], query: URLSearchParams): Document {
  const start = Number(query.get('start') ?? 0);
  const size = Math.min(2, Number(query.get('limit') ?? 25));
  const isLastPage = start + size >= values.length;
  return {
    size: values.slice(start, start + size).length,
    limit: size,
    isLastPage,
    values: values.slice(start, start + size),
    start,
    nextPageStart: isLastPage ? null : start + size,
  };
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json;charset=UTF-8' }).end(JSON.stringify(value));
}

function refuse(response: ServerResponse, status: number, exception: string): void {
  json(response, status, {
    errors: [{ context: null, message: 'There is none.', exceptionName: `com.atlassian.bitbucket.${exception}` }],
  });
}

/** What Bitbucket says of what does not exist. */
function exceptionFor(path: string): string {
  if (/\/pull-requests\/\d+/.test(path)) return 'NoSuchPullRequestException';
  return /\/repos\/[^/]+$/.test(path) ? 'NoSuchRepositoryException' : 'NoSuchEntityException';
}
