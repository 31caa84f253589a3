import { BitbucketError, isKind } from '../bitbucket/errors';
import { locateBitbucket, lookAt } from '../bitbucket/api/locate';
import { trustOf } from '../bitbucket/transport/http';
import { versionWarning, withoutLimit } from './check';
import type { Config } from '../config/config';
import { ConfigError, UnreadableInputError } from '../config/config-error';
import {
  certificatesOf,
  CHECK_LIMIT_MS,
  CHECK_SILENCE_MS,
  connectToCheck,
  type Environment,
  proxiesOf,
  transport,
  within,
} from '../connection/connect';
import { examineAccess } from './access';
import { curlWithoutLogin, throughProxy } from './commands';
import { type Diagnosis, diagnose } from './diagnosis';
import { examineNetwork } from './network';
import { sizeStep } from './size';
import { failed, ok, type Step, warning } from './step';

/** The whole examination ends by then, in milliseconds. */
const LIMIT_MS = 90_000;
const LOCATE_MS = 5000;

/** Examines a connection from the configuration to the size of the instance; ends with the step that makes the rest impossible. */
export async function* examine(readConfig: () => Config, given: Environment): AsyncGenerator<Step> {
  const environment = { ...given, signal: within(LIMIT_MS, given.signal) };
  let config: Config;
  try {
    config = readConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    yield failed('configuration', {
      code: 'invalid_config',
      cause: error.message.replace(/\.$/, ''),
      remedy:
        error instanceof UnreadableInputError
          ? 'Put it right, and run the same again.'
          : '`spec` prints what a configuration may hold.',
    });
    return;
  }
  yield ok('configuration', `complete; server_url is ${config.serverUrl}, the login ${loginOf(config)}`);
  const network = {
    config,
    proxyFor: proxiesOf(environment),
    trust: trustOf({ certificates: certificatesOf(config, environment), verifyTls: config.verifyTls }),
    now: environment.now,
  };
  for await (const step of examineNetwork(network)) {
    yield step;
    if (step.status === 'failed') return;
  }
  yield* examineServer(config, environment);
}

async function* examineServer(config: Config, environment: Environment): AsyncGenerator<Step> {
  const server = await serverStep(config, environment);
  yield server;
  if (server.status === 'failed') return;
  const latencies: number[] = [];
  const warnings: string[] = [];
  const events = {
    onRequest: ({ status, milliseconds }: { status: number | string; milliseconds: number }) => {
      if (typeof status === 'number') latencies.push(milliseconds);
    },
    onRetry: () => undefined,
    onRateLimited: () => undefined,
    onWarning: (message: string) => void warnings.push(message),
  };
  const login = loginLimit(environment.signal);
  const bitbucket = connectToCheck(config, { ...environment, signal: login.signal }, events);
  const proxy = proxiesOf(environment)(new URL(config.serverUrl));
  const explain = (error: BitbucketError): Diagnosis => diagnose(withoutLimit(error, bitbucket), { config, proxy });
  let projects: { count: number; complete: boolean } | null = null;
  for await (const step of examineAccess({ config, bitbucket, diagnose: explain })) {
    login.lift();
    yield step;
    if (step.name === 'projects' && step.status === 'ok') {
      const page = (await bitbucket.logIn()).firstProjects;
      projects = { count: page?.values.length ?? 0, complete: page?.isLastPage ?? false };
    }
  }
  for (const message of warnings) yield warning('login', 'not every login is used', message);
  if (latencies.length > 0) yield rateLimitStep(bitbucket.statistics.rateLimited, latencies);
  if (projects === null) return;
  try {
    yield await sizeStep(config, bitbucket.glancing, projects, environment.now);
  } catch (error) {
    if (!(error instanceof BitbucketError)) throw error;
    yield failed('size', explain(error));
  }
}

/** A signal that follows another one, and is given after the time of a check until that limit is lifted. */
function loginLimit(signal: AbortSignal): { readonly signal: AbortSignal; readonly lift: () => void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  signal.addEventListener('abort', abort);
  const timer = setTimeout(abort, CHECK_LIMIT_MS).unref();
  if (signal.aborted) abort();
  return { signal: controller.signal, lift: () => clearTimeout(timer) };
}

/** Which Bitbucket answers, and whether at this address; asked without credentials. */
async function serverStep(config: Config, environment: Environment): Promise<Step> {
  const { signal } = environment;
  const own = lookAt(transport(config, environment, CHECK_SILENCE_MS), config.serverUrl, within(CHECK_LIMIT_MS, signal));
  const around = transport(config, environment, LOCATE_MS);
  const located = await locateBitbucket(around, config.serverUrl, within(LOCATE_MS, signal), own);
  if (located === null) return withoutServer(config, environment, await own.catch((error: unknown) => error));
  const { serverUrl, version } = located;
  if (serverUrl !== config.serverUrl) {
    return failed(
      'server',
      {
        code: 'not_bitbucket',
        cause: `Bitbucket does not answer at ${config.serverUrl}, but Bitbucket ${version} at ${serverUrl}`,
        remedy: `Write "server_url": "${serverUrl}".`,
      },
      { suggestion: serverUrl, version },
    );
  }
  const old = versionWarning(version);
  return old === null
    ? ok('server', `Bitbucket ${version} at ${serverUrl}`, { version, serverUrl })
    : warning('server', `Bitbucket ${version} at ${serverUrl}`, old, { version, serverUrl });
}

/** Nobody has said that it is Bitbucket. @param failure why there was no answer; null: there was one */
function withoutServer(config: Config, environment: Environment, failure: unknown): Step {
  const proxy = proxiesOf(environment)(new URL(config.serverUrl));
  if (isKind(failure, 'timeout', 'aborted')) return failed('server', diagnose(failure, { config, proxy }));
  const found =
    failure instanceof BitbucketError
      ? `Which Bitbucket answers at ${config.serverUrl} was not found out: ${failure.message}`
      : `What answers at ${config.serverUrl} does not tell strangers that it is Bitbucket`;
  return {
    ...warning('server', found, 'The login will show. To try it by hand:'),
    command: throughProxy(curlWithoutLogin(config), proxy),
  };
}

/** @param latencies of the requests that were answered, in milliseconds */
function rateLimitStep(refusals: number, latencies: readonly number[]): Step {
  const requests = latencies.length;
  const sorted = [...latencies].sort((a, b) => a - b);
  const median = Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0);
  const details = { refusals, requests, medianMilliseconds: median };
  const asked =
    requests === 1 ? `in 1 request, which took ${median} ms` : `in ${requests} requests, which took ${median} ms each (median)`;
  if (refusals === 0) return ok('rate limit', `none met ${asked}`, details);
  return warning(
    'rate limit',
    `met ${refusals === 1 ? 'once' : `${refusals} times`} ${asked}`,
    'A sync slows down by itself. Set requests_per_second, or have the account exempted (Administration > Rate limiting).',
    details,
  );
}

/** Where the first login is, and whose, as far as the configuration tells. */
function loginOf({ credentials }: Config): string {
  if (credentials.type === 'basic') return `of ${credentials.username}`;
  return credentials.type === 'token' ? 'a token' : 'one of credential_store';
}
