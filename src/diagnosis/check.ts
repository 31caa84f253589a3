import type { Bitbucket } from '../bitbucket/api/bitbucket';
import { BitbucketError, isKind } from '../bitbucket/errors';
import type { Located } from '../bitbucket/api/locate';
import type { RestRepository } from '../bitbucket/api/payloads';
import type { Proxy } from '../bitbucket/transport/proxy';
import type { Config } from '../config/config';
import { type Candidates, explainNothing, findRepositories, type Known, nameOf } from './candidates';
import { curl, throughProxy } from './commands';
import { BY_HAND, type CheckCode, diagnose, sentence } from './diagnosis';
import { remedyOf, tryRepositories } from './try-each';
import { warningsOfUnseen } from './unseen';

export type { CheckCode } from './diagnosis';

/** What the check found. */
export type CheckResult =
  | {
      readonly succeeded: true;
      readonly message: string;
      readonly warnings: readonly string[];
      /** As whom the server answered; null: a token without a user. */
      readonly userName: string | null;
    }
  | {
      readonly succeeded: false;
      readonly code: CheckCode;
      readonly message: string;
      /** The request that failed; null: none did. */
      readonly error: BitbucketError | null;
      /** What else is worth a warning. @default nothing */
      readonly warnings?: readonly string[];
    };

/** What of the surroundings a check may look at. */
export interface CheckSurroundings {
  /** The proxy on the way to the server; null: none. */
  readonly proxy: () => Proxy | null;
  /** Looks for Bitbucket around `server_url`, without credentials. */
  readonly locate: () => Promise<Located | null>;
}

/** The first version whose answers this connector was held against. */
const OLDEST = [5, 16] as const;

/** What the stream users needs. */
export const USERS_REMEDY =
  'The stream users needs the global permission Bitbucket User, which access tokens of projects and repositories do not have: leave the stream out, or use an account that has it.';

/** Proves with a handful of requests that a sync will have something to read: login, version, projects, repositories, pull requests, users. */
export async function checkConnection(
  config: Config,
  bitbucket: Bitbucket,
  surroundings: CheckSurroundings,
): Promise<CheckResult> {
  const { hostname } = new URL(config.serverUrl);
  if (/(?:^|\.)bitbucket\.org$/.test(hostname)) {
    return failed(
      'not_bitbucket',
      `${hostname} is Bitbucket Cloud, another product with another API. This connector reads Bitbucket Data Center and Server only; nothing was sent.`,
    );
  }
  try {
    return await new ConnectionCheck(config, bitbucket, surroundings).run();
  } catch (error) {
    if (!(error instanceof BitbucketError)) throw error;
    return await explainFailure(error, config, bitbucket, surroundings);
  }
}

/** A failure in the words of a check, with a better address where there is one. */
export async function explainFailure(
  thrown: BitbucketError,
  config: Config,
  bitbucket: Bitbucket,
  surroundings: CheckSurroundings,
): Promise<CheckResult> {
  const error = withoutLimit(thrown, bitbucket);
  const lost = isKind(error, 'no_such_route', 'unexpected_answer', 'not_found', 'rejected');
  const located = lost && thrown.kind !== 'aborted' ? await surroundings.locate() : null;
  const diagnosis = diagnose(error, { config, located, proxy: error.details.code === 'EPROXYURL' ? null : surroundings.proxy() });
  return { succeeded: false, code: diagnosis.code, message: sentence(diagnosis), error };
}

/** The failure itself; of one that was cut off by the time limit, what kept it from an answer is the news. */
export function withoutLimit(thrown: BitbucketError, { lastFailure }: Pick<Bitbucket, 'lastFailure'>): BitbucketError {
  const isNews = isKind(lastFailure, 'timeout', 'network', 'unavailable', 'rate_limited', 'unexpected_answer', 'too_large');
  return thrown.kind === 'aborted' && isNews ? lastFailure : thrown;
}

class ConnectionCheck {
  private readonly glancing: Bitbucket;
  private readonly warnings: string[] = [];

  constructor(
    private readonly config: Config,
    private readonly bitbucket: Bitbucket,
    private readonly surroundings: CheckSurroundings,
  ) {
    this.glancing = bitbucket.glancing;
  }

  async run(): Promise<CheckResult> {
    const { firstProjects, userName } = await this.bitbucket.logIn(); // the first request, alone
    const version = await this.bitbucket.version(); // nice to know; that it is Bitbucket, the login's answer has proven
    const warning = versionWarning(version);
    if (warning !== null) this.warnings.push(warning);
    if (firstProjects === null) {
      const command = throughProxy(curl(this.config), this.surroundings.proxy());
      return failed(
        'invalid_permissions',
        `The login is right, but the account may not list projects. Give it Project read on the projects that are to be synced (Project settings > Permissions).${BY_HAND}${command}`,
      );
    }
    const known: Known = {
      glancing: this.glancing,
      filters: this.config.filters,
      projects: firstProjects.values,
      complete: firstProjects.isLastPage,
      asked: new Map(),
    };
    const candidates = await findRepositories(known);
    if (candidates.first.length === 0) return failed('no_resources', await explainNothing(known));
    this.warnings.push(...(await warningsOfUnseen(known)));
    const readable = await this.readPullRequests(candidates);
    await this.tryUsers();
    const what = readable === null ? '' : `; the pull requests of ${nameOf(readable)} can be read`;
    const who = userName ?? 'an access token without a user';
    return {
      succeeded: true,
      message: `Bitbucket ${version ?? 'of unknown version'} at ${this.config.serverUrl}, logged in as ${who}${what}.`,
      warnings: this.warnings,
      userName,
    };
  }

  /** Reads one pull request of the first that lets itself be read; null where none is ready for that yet. */
  private async readPullRequests(candidates: Candidates): Promise<RestRepository | null> {
    const { found, troubles } = await tryRepositories(this.glancing, candidates, (api) => api.somePullRequests(0, 1)).catch(
      (error: unknown) => {
        if (!isKind(error, 'not_found', 'rejected')) throw error;
        throw new BitbucketError('forbidden', error.message, error.details);
      },
    );
    for (const trouble of troubles)
      this.warnings.push(
        `The pull requests of ${nameOf(trouble.thing)} cannot be read, unlike others: ${trouble.error.message}. ${remedyOf(trouble, this.config)}`,
      );
    if (found === null)
      this.warnings.push(
        `No repository that was looked at is ready yet (${candidates.first.map((each) => `${nameOf(each)} is ${String(each.state)}`).join(', ')}).`,
      );
    return found?.thing ?? null;
  }

  private async tryUsers(): Promise<void> {
    try {
      if ((await this.glancing.usersList()) === null) this.warnings.push(`The account may not list users. ${USERS_REMEDY}`);
    } catch (error) {
      if (!(error instanceof BitbucketError)) throw error;
      this.warnings.push(`Whether users may be listed could not be found out: ${error.message}.`);
    }
  }
}

/** What is said of versions older than the ones that the connector was held against; null: nothing. */
export function versionWarning(version: string | null): string | null {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  if (version === null || major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return null;
  return `This is Bitbucket ${version}; the connector is made for ${OLDEST.join('.')} and later, and may not understand all that it says.`;
}

function failed(code: CheckCode, message: string): CheckResult {
  return { succeeded: false, code, message: `${code}: ${message}`, error: null };
}
