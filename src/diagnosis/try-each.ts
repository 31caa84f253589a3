import { type Bitbucket, referenceOf } from '../bitbucket/api/bitbucket';
import type { RestPullRequest, RestRepository } from '../bitbucket/api/payloads';
import type { RepositoryApi } from '../bitbucket/api/repository-api';
import { BitbucketError, isFatal, isKind } from '../bitbucket/errors';
import type { Config } from '../config/config';
import { type Candidates, isAvailable, nameOf } from './candidates';
import type { Diagnosis } from './diagnosis';
import { ok, type Step, type StepName, warning } from './step';

/** Pull requests that are tried, where the latest cannot be read. */
const FURTHER_PULL_REQUESTS = 2;

/** Silence takes time, and there is a limit for that of all together. */
const MOST_SILENT = 4;

/** Repositories that are named where there are more. */
export const NAMED = 3;

/** What the streams are tried with. */
export interface Examined {
  readonly config: Config;
  readonly bitbucket: Bitbucket;
  readonly diagnose: (error: BitbucketError) => Diagnosis;
  readonly candidates: Candidates;
}

/** What was asked of several things of a kind. */
export interface Trial<Thing, Answer> {
  /** The first answer that was enough, else the first of all; null: there was nothing to ask. */
  readonly found: { readonly thing: Thing; readonly answer: Answer } | null;
  /** Those that could not be read, though another one could. */
  readonly troubles: readonly Trouble<Thing>[];
}

/** Something that could not be read. */
export interface Trouble<Thing> {
  readonly thing: Thing;
  readonly error: BitbucketError;
}

/** What is tried, and how. */
interface Trying<Thing, Answer> {
  readonly first: readonly Thing[];
  /** More, for when none of the first can be read. */
  readonly further: () => Promise<readonly Thing[]>;
  /** @param isBrief whether to give up soon, since there are others */
  readonly ask: (thing: Thing, isBrief: boolean) => Promise<Answer>;
  /** Whether the others need not be asked after this answer. @default true */
  readonly isEnough?: (answer: Answer) => boolean;
}

/**
 * Asks one repository after the other until one answers: what only one of them answers is its own trouble, what all answer is the server's.
 * @throws BitbucketError where none can be read, or nothing more may be sent
 */
export function tryRepositories<Answer>(
  bitbucket: Bitbucket,
  { first, further }: Candidates,
  ask: (api: RepositoryApi, repository: RestRepository) => Promise<Answer>,
  isEnough?: (answer: Answer) => boolean,
): Promise<Trial<RestRepository, Answer>> {
  const asked = (repository: RestRepository, isBrief: boolean) => {
    const api = bitbucket.of(referenceOf(repository));
    return ask(isBrief ? api.brief : api, repository);
  };
  return tryEach({ first: first.filter(isAvailable), further, ask: asked, ...(isEnough !== undefined && { isEnough }) });
}

/** The same with the pull requests of a repository, the latest first. @throws BitbucketError */
export function tryPullRequests<Answer>(
  api: RepositoryApi,
  latest: RestPullRequest,
  ask: (api: RepositoryApi, pullRequest: RestPullRequest) => Promise<Answer>,
): Promise<Trial<RestPullRequest, Answer>> {
  return tryEach({
    first: [latest],
    further: async () => (await api.brief.somePullRequests(1, FURTHER_PULL_REQUESTS)).values,
    ask: (pullRequest, isBrief) => ask(isBrief ? api.brief : api, pullRequest),
  });
}

async function tryEach<Thing, Answer>(trying: Trying<Thing, Answer>): Promise<Trial<Thing, Answer>> {
  const { first, further, ask, isEnough = () => true } = trying;
  const troubles: Trouble<Thing>[] = [];
  let found: Trial<Thing, Answer>['found'] = null;
  const isFoundIn = async (things: readonly Thing[]): Promise<boolean> => {
    for (const thing of things) {
      try {
        const answer = await ask(thing, true);
        if (found === null || isEnough(answer)) found = { thing, answer };
        if (isEnough(answer)) break;
      } catch (error) {
        if (!(error instanceof BitbucketError) || isFatal(error)) throw error;
        troubles.push({ thing, error });
      }
    }
    return found !== null;
  };
  if ((await isFoundIn(first)) || troubles.length === 0) return { found, troubles };
  const most = troubles.some(({ error }) => error.kind === 'timeout') ? MOST_SILENT - troubles.length : Infinity;
  if (await isFoundIn((await further()).slice(0, most))) return { found, troubles };
  const last = troubles.find(({ error }) => mayPass(error));
  if (last === undefined) throw (troubles[0] as Trouble<Thing>).error;
  const answer = await ask(last.thing, false);
  return { found: { thing: last.thing, answer }, troubles: troubles.filter(({ error }) => !mayPass(error)) };
}

/** Whether more patience may help. */
function mayPass(error: BitbucketError): boolean {
  return isKind(error, 'unavailable', 'network', 'timeout');
}

/** What a sync makes of a repository that cannot be read, and what to do about it; whole sentences. */
export function remedyOf({ thing, error }: Trouble<RestRepository>, config: Config): string {
  return remedyForAll([nameOf(thing)], error, config);
}

/** The same for several of the same kind of failure. */
export function remedyForAll(names: readonly string[], error: BitbucketError, { failOnUnreadable }: Config): string {
  const [these, them] = names.length === 1 ? ['this one', 'it'] : ['these', 'them'];
  const permission = isKind(error, 'forbidden', 'not_found') ? 'give the account Repository read there, or ' : '';
  const patterns = names.slice(0, NAMED).map((name) => `"!${name}"`);
  const out = `leave ${them} out (repositories: ${patterns.join(', ')}${names.length > NAMED ? ' and so on' : ''})`;
  return failOnUnreadable
    ? `A sync reads the others and fails because of ${these}: ${permission}${out}, or set fail_on_unreadable to false.`
    : `A sync reads the others and warns of ${these}: ${permission}${out}.`;
}

/** What was found, and which repositories it is not true of. */
export function okBut(name: StepName, finding: string, troubles: readonly Trouble<RestRepository>[], config: Config): Step {
  const [first] = troubles;
  if (first === undefined) return ok(name, finding);
  const but = troubles.map(({ thing, error }) => `; not of ${nameOf(thing)}: ${error.message}`).join('');
  return warning(name, finding + but, remedyOf(first, config));
}
