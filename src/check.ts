import type { Bitbucket } from './bitbucket/bitbucket';
import { BitbucketError, isKind } from './bitbucket/errors';
import type { RestRepository } from './bitbucket/payloads';
import type { Config } from './config';
import { describeFilters, selectsProject, selectsRepository } from './filters';

/** What a FAILED message begins with (contract: failures). */
export type CheckCode =
  | 'invalid_credentials'
  | 'invalid_permissions'
  | 'no_resources'
  | 'invalid_config'
  | 'server_unreachable'
  | 'tls_untrusted'
  | 'not_bitbucket'
  | 'server_unavailable';

/** What the check found. */
export type CheckResult =
  | { readonly succeeded: true; readonly message: string; readonly warnings: readonly string[] }
  | { readonly succeeded: false; readonly code: CheckCode; readonly message: string };

/** Proves with a handful of requests that a sync will have something to read: login, projects, repositories, pull requests, users. */
export async function checkConnection(config: Config, bitbucket: Bitbucket): Promise<CheckResult> {
  try {
    const login = await bitbucket.logIn();
    if (login.firstProjects === null) {
      return failed('invalid_permissions', 'The login works, but the account may not list projects. Give it Project read on the projects to sync.');
    }
    const repository = await findRepository(config, bitbucket);
    if (repository === null) return await nothingToRead(config, bitbucket);
    await firstPage(bitbucket.pullRequests({ key: repository.project.key, slug: repository.slug }, 'OPEN'));
    const warnings = await usersWarning(bitbucket);
    const who = login.userName === null ? 'an access token without a user' : login.userName;
    return { succeeded: true, message: `Logged in as ${who}; ${repository.project.key}/${repository.slug} can be read.`, warnings };
  } catch (error) {
    if (!(error instanceof BitbucketError)) throw error;
    // Cut off by the time limit: what kept it from an answer is the news.
    return failedWith(error.kind === 'aborted' ? (bitbucket.client.lastFailure ?? error) : error, config);
  }
}

/** The first repository that the account sees and the filters select. */
async function findRepository({ filters }: Config, bitbucket: Bitbucket): Promise<RestRepository | null> {
  for await (const page of bitbucket.repositories(filters.includeArchived)) {
    const found = page.find(({ project, slug, archived }) => selectsRepository(filters, project.key, slug, archived ?? null));
    if (found !== undefined) return found;
  }
  return null;
}

async function nothingToRead(config: Config, bitbucket: Bitbucket): Promise<CheckResult> {
  const { filters } = config;
  const all = { ...filters, projects: [], repositories: [], includePersonalProjects: true, includeArchived: true };
  const any = await findRepository({ ...config, filters: all }, bitbucket);
  const project = (await firstPage(bitbucket.projects())).find(({ key }) => selectsProject(filters, key));
  if (any === null && project === undefined) {
    return failed('no_resources', 'The login works, but the account sees no repository. Give it Repository read (or Project read) on what is to be synced.');
  }
  const described = describeFilters(filters);
  const found = project === undefined ? '' : ` (project ${project.key} does, but the account sees no repository in it)`;
  return failed(
    'no_resources',
    `The login works and the account sees repositories, but none passes the filters${found}. The filters are: ${described}. Correct them, or leave them empty to read everything.`,
  );
}

async function usersWarning(bitbucket: Bitbucket): Promise<string[]> {
  try {
    await firstPage(bitbucket.users());
    return [];
  } catch (error) {
    if (!isKind(error, 'forbidden', 'not_found', 'no_such_route')) throw error;
    return ['The account may not list users: the stream users needs an account with a Bitbucket licence (access tokens of projects and repositories have none). Leave it out, or use another account.'];
  }
}

async function firstPage<T>(pages: AsyncGenerator<readonly T[]>): Promise<readonly T[]> {
  for await (const page of pages) return page;
  return [];
}

function failed(code: CheckCode, message: string): CheckResult {
  return { succeeded: false, code, message: `${code}: ${message}` };
}

function failedWith(error: BitbucketError, config: Config): CheckResult {
  const [code, remedy] = diagnose(error, config);
  return failed(code, `${error.message}. ${remedy}`);
}

/** A command to try by hand, with placeholders for what is secret. */
function curl({ serverUrl, credentials }: Config, path: string): string {
  const login = credentials.type === 'basic' ? '-u "$USERNAME:$PASSWORD"' : '-H "Authorization: Bearer $TOKEN"';
  return `To try it by hand: curl -i ${login} '${serverUrl}${path}'`;
}

function diagnose(error: BitbucketError, config: Config): [CheckCode, string] {
  const tryIt = curl(config, '/rest/api/1.0/projects?limit=1');
  switch (error.kind) {
    case 'login_denied':
      return ['invalid_credentials', `${loginRemedy(error, config)} ${tryIt}`];
    case 'no_licence':
      return ['invalid_permissions', 'The login works, but the account has no Bitbucket licence: ask an administrator for one (Administration > Global permissions).'];
    case 'forbidden':
      return ['invalid_permissions', `The account lacks a permission: give it Repository read on the repositories to sync. ${tryIt}`];
    case 'tls':
      return [
        'tls_untrusted',
        `Put the certificate of that authority (PEM) into ca_certificate, or into the file that NODE_EXTRA_CA_CERTS names. verify_tls: false accepts any certificate, and with it any impostor.`,
      ];
    case 'network':
    case 'proxy_denied':
    case 'timeout':
      return ['server_unreachable', `Check the host and port of server_url, the network between here and there, and HTTPS_PROXY and NO_PROXY. ${tryIt}`];
    case 'no_such_route':
    case 'not_found':
    case 'unexpected_answer':
    case 'not_acceptable':
    case 'rejected':
      return [
        'not_bitbucket',
        `What answers at ${config.serverUrl} is not the REST API of Bitbucket Data Center. server_url must be what you see in the browser before /projects or /dashboard, context path included, and must not lead to a login page. ${tryIt}`,
      ];
    case 'rate_limited':
    case 'unavailable':
    case 'server_down':
    case 'aborted':
      return ['server_unavailable', `The server is there, but does not serve now (maintenance, overload or a rate limit). Try again later. ${tryIt}`];
  }
}

function loginRemedy(error: BitbucketError, { credentials }: Config): string {
  const exception = error.details.exceptionName ?? '';
  if (/Captcha/i.test(exception)) {
    return 'After too many failed logins the account must solve a CAPTCHA: log in with it in the browser once, or have an administrator clear it (Administration > Users > the user > Clear CAPTCHA challenge).';
  }
  if (credentials.type === 'token') {
    return 'Check that the HTTP access token is complete, neither expired nor revoked, and was made on this server.';
  }
  return 'Check username (not the e-mail address) and password; one attempt was made, so the account is not locked by this.';
}
