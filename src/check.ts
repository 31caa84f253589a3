import type { Bitbucket, RepositoryAddress } from './bitbucket/bitbucket';
import { BitbucketError, isFatal, isKind } from './bitbucket/errors';
import type { Located } from './bitbucket/locate';
import type { Login } from './bitbucket/login';
import type { RestRepository } from './bitbucket/payloads';
import { Probe } from './bitbucket/probe';
import type { Proxy } from './bitbucket/proxy';
import type { Config } from './config';
import { type CheckCode, diagnose, sentence } from './doctor/diagnosis';
import { explainFilters, unknownProjects } from './doctor/filter-explanation';
import { type Filters, namedProjects, selectsProject, selectsRepository } from './filters';

export type { CheckCode } from './doctor/diagnosis';

/** What the check found. */
export type CheckResult =
  | { readonly succeeded: true; readonly message: string; readonly warnings: readonly string[] }
  | { readonly succeeded: false; readonly code: CheckCode; readonly message: string };

/** What of the surroundings a check may look at. */
export interface CheckSurroundings {
  /** The proxy on the way to the server; null: none. */
  readonly proxy: () => Proxy | null;
  /** Looks for Bitbucket around `server_url`, without credentials. */
  readonly locate: () => Promise<Located | null>;
}

/** Repositories whose pull requests are tried before none is said to be readable. */
const ATTEMPTS = 3;
/** More named projects than this are found faster in the list of all repositories. */
const MAX_NAMED = 10;
/** Repositories that are looked at to explain filters that let nothing through. */
const MAX_EXPLAINED = 5000;
/** The first version whose answers this connector was held against. */
const OLDEST = [5, 16] as const;

/** Proves with a handful of requests that a sync will have something to read: login, version, projects, repositories, pull requests, users. */
export async function checkConnection(config: Config, bitbucket: Bitbucket, surroundings: CheckSurroundings): Promise<CheckResult> {
  const { hostname } = new URL(config.serverUrl);
  if (/(?:^|\.)bitbucket\.org$/.test(hostname)) {
    return failed('not_bitbucket', `${hostname} is Bitbucket Cloud, another product with another API. This connector reads Bitbucket Data Center and Server only; nothing was sent.`);
  }
  try {
    return await new ConnectionCheck(config, bitbucket).run();
  } catch (error) {
    if (!(error instanceof BitbucketError)) throw error;
    return explain(error, config, bitbucket, surroundings);
  }
}

async function explain(thrown: BitbucketError, config: Config, bitbucket: Bitbucket, surroundings: CheckSurroundings): Promise<CheckResult> {
  // Cut off by the time limit: what kept it from an answer is the news.
  const error = thrown.kind === 'aborted' ? (bitbucket.client.lastFailure ?? thrown) : thrown;
  const lost = isKind(error, 'no_such_route', 'unexpected_answer', 'not_found', 'rejected');
  const located = lost && thrown.kind !== 'aborted' ? await surroundings.locate() : null;
  const diagnosis = diagnose(error, { config, located, proxy: error.details.code === 'EPROXYURL' ? null : surroundings.proxy() });
  return { succeeded: false, code: diagnosis.code, message: sentence(diagnosis) };
}

class ConnectionCheck {
  private readonly probe: Probe;
  private readonly warnings: string[] = [];
  private major = 0;

  constructor(
    private readonly config: Config,
    private readonly bitbucket: Bitbucket,
  ) {
    this.probe = new Probe(bitbucket.client);
  }

  async run(): Promise<CheckResult> {
    const login = await this.bitbucket.logIn(); // the first request, alone
    const version = await this.version();
    if (login.firstProjects === null) {
      return failed('invalid_permissions', 'The login is right, but the account may not list projects. Give it Project read on the projects that are to be synced (Project settings > Permissions).');
    }
    const candidates = await this.findRepositories();
    if (candidates.length === 0) return this.nothingToRead(login);
    this.warnOfUnknownProjects(login);
    const readable = await this.readPullRequests(candidates);
    await this.tryUsers();
    const who = login.userName ?? 'an access token without a user';
    const what = readable === null ? '' : `; the pull requests of ${nameOf(readable)} can be read`;
    return { succeeded: true, message: `Bitbucket ${version ?? 'of unknown version'} at ${this.config.serverUrl}, logged in as ${who}${what}.`, warnings: this.warnings };
  }

  /** Nice to know; that it is Bitbucket is proven by the login's answer. */
  private async version(): Promise<string | null> {
    const version = await this.orNull(this.probe.version());
    const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
    this.major = major;
    if (version !== null && (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))) {
      this.warnings.push(`This is Bitbucket ${version}; the connector is made for ${OLDEST.join('.')} and later, and may not understand all that it says.`);
    }
    return version;
  }

  /** Some repositories that the account sees and the filters select, those that can be read first; empty: there is none. */
  private async findRepositories(): Promise<RestRepository[]> {
    const { filters } = this.config;
    for await (const page of this.likelyRepositories(filters)) {
      const found = page.filter(({ project, slug, archived }) => selectsRepository(filters, project.key, slug, archived ?? null));
      if (found.length > 0) return found.sort((a, b) => Number(isAvailable(b)) - Number(isAvailable(a))).slice(0, ATTEMPTS);
    }
    return [];
  }

  /** Where the filters name repositories, these first; where they name projects, what is in them; else all, a page at a time. */
  private async *likelyRepositories(filters: Filters): AsyncGenerator<readonly RestRepository[]> {
    for (const address of namedRepositories(filters).slice(0, ATTEMPTS)) {
      const found = await this.orNull(this.probe.repository(address));
      if (found !== null) yield [found];
    }
    const keys = namedProjects(filters);
    if (keys !== null && keys.length <= MAX_NAMED) {
      for (const key of keys) yield* this.orNothing(this.probe.repositoriesOf(key, this.major));
      return;
    }
    try {
      yield* this.probe.repositories(filters.includeArchived);
    } catch (error) {
      if (!isKind(error, 'forbidden', 'not_found', 'no_such_route')) throw error;
      const login = await this.bitbucket.logIn();
      const projects = (login.firstProjects?.values ?? []).filter(({ key }) => selectsProject(filters, key));
      for (const { key } of projects.slice(0, MAX_NAMED)) yield* this.orNothing(this.probe.repositoriesOf(key, this.major));
    }
  }

  private async nothingToRead({ firstProjects }: Login): Promise<CheckResult> {
    const projects = [...(firstProjects?.values ?? [])];
    const repositories: RestRepository[] = [];
    try {
      for await (const page of this.probe.repositories(true)) {
        repositories.push(...page);
        if (repositories.length >= MAX_EXPLAINED) break;
      }
    } catch (error) {
      if (!isKind(error, 'forbidden', 'not_found', 'no_such_route', 'aborted')) throw error; // what was seen must do
    }
    if (repositories.length > 0) {
      const visible = { projects, repositories, complete: firstProjects?.isLastPage === true };
      const explanation = explainFilters(this.config.filters, visible);
      return failed('no_resources', `The login is right and the account sees repositories, but none passes the filters. ${explanation} Correct the filter, or leave it empty to read everything.`);
    }
    const remedy = 'Give it Project read on the projects, or Repository read on the repositories, that are to be synced.';
    if (projects.length === 0) return failed('no_resources', `The login is right, but the account sees no project and no repository. ${remedy}`);
    const some = projects.slice(0, 5).map(({ key }) => key).join(', ');
    return failed('no_resources', `The login is right and the account sees projects (${some}), but no repository in any of them. ${remedy}`);
  }

  private warnOfUnknownProjects({ firstProjects }: Login): void {
    const visible = { projects: firstProjects?.values ?? [], complete: firstProjects?.isLastPage === true };
    const unknown = unknownProjects(this.config.filters, visible);
    if (unknown.length > 0) this.warnings.push(`projects names ${unknown.join(', ')}, which the account does not see: misspelt, or a permission is missing. The others are read.`);
  }

  /** Reads one pull request of the first that lets itself be read; null where none is ready for that yet. */
  private async readPullRequests(candidates: readonly RestRepository[]): Promise<RestRepository | null> {
    let failure: BitbucketError | null = null;
    for (const repository of candidates.filter(isAvailable)) {
      try {
        await this.probe.pullRequests({ key: repository.project.key, slug: repository.slug }, 0, 1);
        return repository;
      } catch (error) {
        if (!isKind(error, 'forbidden', 'not_found', 'rejected')) throw error;
        failure = error;
      }
    }
    if (failure !== null) throw new BitbucketError('forbidden', failure.message, failure.details);
    this.warnings.push(`No repository that was looked at is ready yet (${candidates.map((each) => `${nameOf(each)} is ${String(each.state)}`).join(', ')}).`);
    return null;
  }

  private async tryUsers(): Promise<void> {
    const missing = 'The stream users needs the global permission Bitbucket User, which access tokens of projects and repositories do not have: leave the stream out, or use an account that has it.';
    try {
      if ((await this.probe.usersList()) === null) this.warnings.push(`The account may not list users. ${missing}`);
    } catch (error) {
      if (!(error instanceof BitbucketError)) throw error;
      this.warnings.push(`Whether users may be listed could not be found out: ${error.message}.`);
    }
  }

  /** What is not there, or not for us, is null; what ends a run is thrown. */
  private async orNull<T>(promise: Promise<T>): Promise<T | null> {
    return promise.catch((error: unknown) => {
      if (!(error instanceof BitbucketError) || isFatal(error)) throw error;
      return null;
    });
  }

  private async *orNothing<T>(pages: AsyncGenerator<T>): AsyncGenerator<T> {
    try {
      yield* pages;
    } catch (error) {
      if (!isKind(error, 'forbidden', 'not_found', 'no_such_route')) throw error;
    }
  }
}

/** The repositories that the filters name without a wildcard. */
function namedRepositories({ repositories }: Filters): RepositoryAddress[] {
  return repositories
    .filter(({ excludes, text }) => !excludes && !text.includes('*'))
    .map(({ text }) => ({ key: text.slice(0, text.indexOf('/')), slug: text.slice(text.indexOf('/') + 1) }));
}

function isAvailable({ state }: RestRepository): boolean {
  return state === undefined || state === 'AVAILABLE';
}

function nameOf({ project, slug }: RestRepository): string {
  return `${project.key}/${slug}`;
}

function failed(code: CheckCode, message: string): CheckResult {
  return { succeeded: false, code, message: `${code}: ${message}` };
}
