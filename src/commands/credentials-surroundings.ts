import { type Config, ConfigError } from '../config/config';
import type { Environment } from '../connection/connect';
import { keyOf, lastingStore } from '../credentials/open-store';
import type { Surroundings } from '../credentials/operations';
import { loginVerification } from './login-verification';

/**
 * What the managing of credentials works with, by a configuration: its store, and its server to verify logins at.
 * @param isServed whether `serve` is to offer it, which somebody may not have meant
 * @throws ConfigError where it names no store
 */
export function surroundingsOf(config: Config, environment: Environment, isServed = false): Surroundings {
  const { credentialStore: place } = config;
  if (place === null)
    throw new ConfigError(
      `credential_store is missing: write a folder such as /data/credentials, or postgres://user:password@host/database${
        isServed
          ? '. It is needed because BITBUCKET_CREDENTIALS_API_TOKEN is set, by which serve offers the credentials API: unset it to receive webhooks alone.'
          : '; --store of the command credentials does, too.'
      }`,
    );
  const key = keyOf(environment.variables?.BITBUCKET_CREDENTIALS_KEY, config.credentialStoreKey);
  return {
    store: lastingStore({ place, key }),
    verify: loginVerification(config, environment),
    now: environment.now,
  };
}
