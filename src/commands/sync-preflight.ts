import type { Bitbucket } from '../bitbucket/api/bitbucket';
import { BitbucketError } from '../bitbucket/errors';
import type { RestRepository } from '../bitbucket/api/payloads';
import { type Config, parseConfig } from '../config/config';
import { ConfigError } from '../config/config-error';
import { selectsRepository } from '../config/filters';
import { isJson } from '../config/json';
import { doubtsOf } from '../config/doubts';
import { connectToCheck, within } from '../connection/connect';
import { checkConnection, USERS_REMEDY } from '../diagnosis/check';
import { BY_HAND } from '../diagnosis/diagnosis';
import { surroundingsOf } from '../diagnosis/surroundings';
import { readSpec } from '../config/spec';
import type { OnRequest, Preflight } from '../warehouse/options';
import type { KnownRepository } from '../warehouse/server';
import { personalConfigOf } from './configuration';
import type { CommandContext } from './context';

/** A look at the server ends by then, in milliseconds. */
const LIMIT_MS = 20_000;
/** Repositories by which an instance is told from another one. */
const ENOUGH = 25;
const MOST_PAGES = 4;
const QUIET = { onRequest: () => undefined, onRetry: () => undefined, onRateLimited: () => undefined };

/** Looks at the server as `check` does, before a sync: whether it lets us in, which one it is, and what the account may not read. */
export async function lookAtServer(file: string, context: CommandContext, onRequest?: OnRequest): Promise<Preflight> {
  const { connectionSpecification } = readSpec();
  try {
    const raw = personalConfigOf(file, context);
    const config = parseConfig(raw, connectionSpecification);
    const result = await look(config, context, onRequest);
    return result.succeeded ? { ...result, warnings: [...doubtsOf(raw, connectionSpecification), ...result.warnings] } : result;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { command } = error;
    const remedy = command === undefined ? {} : { command: context.ownCommand(command), isRemedy: true };
    return { succeeded: false, message: error.coded, ...remedy, mayPass: false };
  }
}

async function look(config: Config, context: CommandContext, onRequest?: OnRequest): Promise<Preflight> {
  const given = context.environment();
  const environment = { ...given, signal: within(LIMIT_MS, given.signal), ...(onRequest !== undefined && { onRequest }) };
  const bitbucket = connectToCheck(config, environment, QUIET);
  const result = await checkConnection(config, bitbucket, surroundingsOf(config, environment));
  const repositories =
    result.succeeded || result.code === 'server_unavailable' ? await someRepositories(bitbucket, config) : null;
  // One thing that fails now must not keep a sync from all others, whose patience is longer; but which server it is must be known.
  if (!result.succeeded && repositories === null) {
    const mayPass = result.code === 'server_unavailable' || result.code === 'server_unreachable';
    const [message, command] = result.message.split(BY_HAND) as [string, string?];
    return { succeeded: false, message, ...(command !== undefined && { command }), mayPass };
  }
  const warnings = result.succeeded ? result.warnings : [result.message];
  const denied = (await mayListUsers(bitbucket)) ? [] : [['users', USERS_REMEDY] as const];
  return {
    succeeded: true,
    server: {
      url: config.serverUrl,
      summary: result.succeeded ? result.message : config.serverUrl,
      repositories: repositories ?? [],
    },
    denied: new Map(denied),
    warnings: denied.length > 0 ? warnings.filter((warning) => !warning.includes(USERS_REMEDY)) : warnings,
  };
}

async function mayListUsers(bitbucket: Bitbucket): Promise<boolean> {
  try {
    return (await bitbucket.glancing.usersList()) !== null;
  } catch (error) {
    if (error instanceof BitbucketError) return true; // the sync will see
    throw error;
  }
}

/** Some of the selected repositories; null where they cannot be listed. */
async function someRepositories(bitbucket: Bitbucket, { filters }: Config): Promise<KnownRepository[] | null> {
  const found: KnownRepository[] = [];
  let pages = 0;
  try {
    for await (const page of bitbucket.glancing.repositories(true)) {
      for (const repository of page) {
        if (selectsRepository(filters, repository.project.key, repository.slug, repository.archived ?? null))
          found.push(known(repository));
      }
      if (found.length >= ENOUGH || ++pages >= MOST_PAGES) break;
    }
  } catch (error) {
    if (!(error instanceof BitbucketError)) throw error;
    return null;
  }
  return found;
}

function known({ id, hierarchyId, links }: RestRepository): KnownRepository {
  const self = isJson(links) && Array.isArray(links.self) ? (links.self as unknown[])[0] : null;
  return { id, hierarchyId: hierarchyId ?? null, href: isJson(self) && typeof self.href === 'string' ? self.href : null };
}
