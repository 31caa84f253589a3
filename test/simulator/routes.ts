import { refusals, type Answer } from './answers';
import type { Identity } from './authentication';
import type { InstanceDocuments } from './documents/instance';
import type { PageOptions } from './paging';
import type { Permissions } from './permissions';
import * as buildRoutes from './routes/builds';
import * as commitRoutes from './routes/commits';
import * as instanceRoutes from './routes/instance';
import * as pullRequestRoutes from './routes/pull-requests';
import * as refRoutes from './routes/refs';
import * as repositoryRoutes from './routes/repositories';
import * as userRoutes from './routes/users';
import type { Webhooks } from './webhooks';
import * as webhookRoutes from './webhooks/routes';
import type { World } from './world';

/** The routes by the names that the request log and faults use. */
export type RouteName =
  | 'status'
  | 'application-properties'
  | 'projects'
  | 'project'
  | 'project-repositories'
  | 'repositories'
  | 'recent-repositories'
  | 'repository'
  | 'default-branch'
  | 'branches-default'
  | 'pull-requests'
  | 'pull-request'
  | 'activities'
  | 'diff'
  | 'diff-file'
  | 'changes'
  | 'pull-request-commits'
  | 'branches'
  | 'tags'
  | 'tag'
  | 'commits'
  | 'commit'
  | 'build'
  | 'build-statuses'
  | 'build-stats'
  | 'build-stats-of-commit'
  | 'build-capabilities'
  | 'users'
  | 'user'
  | 'admin-users'
  | 'webhooks'
  | 'unknown';

/** The resources that have a page cap of their own. */
export type Capped =
  'projects' | 'repositories' | 'users' | 'pullRequests' | 'activities' | 'changes' | 'commits' | 'branches' | 'tags' | 'builds';

/** What the server is set to, and may be set to while it runs. */
export interface Settings {
  readonly caps: Record<Capped, number>;
  sparsePages: boolean;
  publicAccess: boolean;
  redirects: boolean;
  /** false: the server knows no build statuses, and none of their routes. */
  buildStatuses: boolean;
  /** What counters of many commits at once are refused with; each commit by itself is answered. */
  refusesBuildStats: 401 | 403 | 404 | 405 | undefined;
  /** How a list of branches names the default one: servers say the first, the specification the second. */
  defaultFlag: 'isDefault' | 'default';
  usersListing: 'admin' | 'plain' | 'forbidden';
  rawDiff: 'text' | 'refused' | 'json';
  /** The hard cap to the lines of a JSON diff. */
  maxDiffLines: number;
}

/** Everything that routes answer from. */
export interface Context {
  readonly world: World;
  readonly instance: InstanceDocuments;
  readonly permissions: Permissions;
  readonly settings: Settings;
  readonly baseUrl: () => string;
  readonly webhooks: Webhooks;
  /** How often each repository's list was begun: the server recomputes merge results in between. */
  readonly views: Map<number, number>;
}

/** A request that found its route. */
export interface Call {
  readonly context: Context;
  readonly identity: Identity;
  /** What stands for `*` in the route's pattern, decoded. */
  readonly parameters: readonly string[];
  readonly query: URLSearchParams;
  readonly accept: string;
  /** Path with query, for redirects. */
  readonly url: string;
  readonly paging: (resource: Capped) => PageOptions;
  /** Only webhooks can be changed, and counters of builds are asked for with POST. @default GET */
  readonly method: string;
  readonly body: string;
}

type Handler = (call: Call) => Answer;

const API = 'projects/*/repos/*';
/** `*` is one segment, `**` the rest, which may be empty; `*.diff` what stands before the ending. */
const TABLE: readonly (readonly [RouteName, string, Handler])[] = [
  ['activities', `${API}/pull-requests/*/activities`, pullRequestRoutes.activities],
  ['pull-requests', `${API}/pull-requests`, pullRequestRoutes.pullRequests],
  ['diff', `${API}/pull-requests/*/diff/**`, pullRequestRoutes.diff],
  ['diff-file', `${API}/pull-requests/*.diff`, pullRequestRoutes.diffFile],
  ['pull-request', `${API}/pull-requests/*`, pullRequestRoutes.pullRequest],
  ['changes', `${API}/pull-requests/*/changes`, pullRequestRoutes.changes],
  ['pull-request-commits', `${API}/pull-requests/*/commits`, pullRequestRoutes.commits],
  ['default-branch', `${API}/default-branch`, refRoutes.defaultBranch],
  ['branches-default', `${API}/branches/default`, refRoutes.branchesDefault],
  ['branches', `${API}/branches`, refRoutes.branches],
  ['tags', `${API}/tags`, refRoutes.tags],
  ['tag', `${API}/tags/**`, refRoutes.tag],
  ['commits', `${API}/commits`, commitRoutes.commits],
  ['commit', `${API}/commits/*`, commitRoutes.commit],
  ['build', `${API}/commits/*/builds`, buildRoutes.build],
  ['build-capabilities', 'build/capabilities', buildRoutes.capabilities],
  ['webhooks', `${API}/webhooks/**`, webhookRoutes.ofRepository],
  ['webhooks', 'projects/*/webhooks/**', webhookRoutes.ofProject],
  ['repository', API, repositoryRoutes.repository],
  ['project-repositories', 'projects/*/repos', repositoryRoutes.projectRepositories],
  ['project', 'projects/*', repositoryRoutes.project],
  ['projects', 'projects', repositoryRoutes.projects],
  ['repositories', 'repos', repositoryRoutes.repositories],
  ['recent-repositories', 'profile/recent/repos', repositoryRoutes.recentRepositories],
  ['users', 'users', userRoutes.users],
  ['user', 'users/*', userRoutes.user],
  ['admin-users', 'admin/users', userRoutes.adminUsers],
  ['application-properties', 'application-properties', instanceRoutes.applicationProperties],
];

const BUILD_STATUS: readonly (readonly [RouteName, string, Handler])[] = [
  ['build-stats', 'commits/stats', buildRoutes.stats],
  ['build-stats-of-commit', 'commits/stats/*', buildRoutes.statsOfCommit],
  ['build-statuses', 'commits/*', buildRoutes.statuses],
];

interface Pattern {
  readonly name: RouteName;
  readonly segments: readonly string[];
  readonly handler: Handler;
}

const patterns = (table: typeof TABLE): readonly Pattern[] =>
  table.map(([name, pattern, handler]) => ({ name, segments: pattern.split('/'), handler }));

const PATTERNS: Readonly<Record<string, readonly Pattern[]>> = { api: patterns(TABLE), 'build-status': patterns(BUILD_STATUS) };

/** A route and what its path says. */
export interface Match {
  readonly name: RouteName;
  readonly parameters: readonly string[];
  readonly handler: Handler;
}

/** Not of the REST API: a page for people. */
const PAGE: Match = {
  name: 'unknown',
  parameters: [],
  handler: () => ({
    kind: 'text',
    status: 404,
    type: 'text/html;charset=UTF-8',
    body: "<!DOCTYPE html><html><head><title>Not found</title></head><body><h1>Oops, you've found a dead link.</h1></body></html>",
  }),
};

const UNKNOWN: Match = {
  name: 'unknown',
  parameters: [],
  handler: ({ context, url }) => {
    throw refusals.noSuchRoute(context.world.features.missingRoute, context.baseUrl() + url);
  },
};

/** What the server in front of the application says before that sees the request. */
const ENCODED_SLASH: Match = {
  name: 'unknown',
  parameters: [],
  handler: () => ({
    kind: 'text',
    status: 400,
    type: 'text/html;charset=utf-8',
    body: '<!doctype html><html lang="en"><head><title>HTTP Status 400 – Bad Request</title></head><body><h1>HTTP Status 400 – Bad Request</h1></body></html>',
  }),
};

/** The route of a path, which is without the context path; undefined: it lies outside of that. */
export const route = (path: string | undefined): Match => {
  if (path === undefined || !/^\/(?:rest\/|status$)/.test(path)) return PAGE;
  if (path === '/status') return { name: 'status', parameters: [], handler: instanceRoutes.status };
  const api = /^\/rest\/(api|build-status)\/(?:1\.0|latest)\/(.*?)\/?$/.exec(path);
  if (api === null) return UNKNOWN;
  if (/%2f/i.test(path)) return ENCODED_SLASH;
  const segments = (api[2] ?? '').split('/').map(decode);
  for (const pattern of PATTERNS[api[1] ?? ''] ?? []) {
    const parameters = match(pattern.segments, segments);
    if (parameters !== undefined) return { name: pattern.name, parameters, handler: pattern.handler };
  }
  return UNKNOWN;
};

const match = (pattern: readonly string[], segments: readonly string[]): string[] | undefined => {
  const parameters: string[] = [];
  for (const [index, wanted] of pattern.entries()) {
    if (wanted === '**') return [...parameters, segments.slice(index).join('/')];
    const segment = segments[index];
    if (segment === undefined) return undefined;
    if (wanted === '*') parameters.push(segment);
    else if (wanted === '*.diff' && segment.endsWith('.diff')) parameters.push(segment.slice(0, -'.diff'.length));
    else if (wanted !== segment) return undefined;
  }
  return pattern.length === segments.length ? parameters : undefined;
};

const decode = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
};
