import { redactor } from '../bitbucket/transport/redact';
import { type Config, ConfigError, secretsOf } from '../config/config';
import type { Environment } from '../connection/connect';
import { credentialsApi, type RequestHandler } from '../credentials/api';
import { surroundingsOf } from './credentials-surroundings';

/** What `serve` says of the API. */
export interface ServedApi {
  readonly config: Config;
  readonly environment: Environment;
  /** As it was given: the id in the API's paths. */
  readonly connectionId: string;
  readonly log: (line: string) => void;
}

/**
 * The API of `serve`, where the environment names a token for it; null: there is none.
 * @throws ConfigError where the token is one of Bitbucket's, or the configuration names no store
 */
export function apiOf({ config, environment, connectionId, log }: ServedApi): RequestHandler | null {
  if (!/^[1-9]\d{0,14}$/.test(connectionId))
    throw new ConfigError(`--connection-id is ${connectionId}: write a whole number from 1 on.`);
  const token = environment.variables?.BITBUCKET_CREDENTIALS_API_TOKEN?.trim() ?? '';
  if (token === '') return null;
  const secrets = secretsOf(config);
  if (secrets.includes(token))
    throw new ConfigError(
      'BITBUCKET_CREDENTIALS_API_TOKEN is a secret of the configuration: write one of its own, such as openssl rand -hex 32 prints.',
    );
  const redact = redactor([...secrets, token]);
  return credentialsApi({
    token,
    connectionId: Number(connectionId),
    surroundings: surroundingsOf(config, environment, true),
    log: (line) => log(redact(line)),
  });
}
