import type { Bitbucket } from '../../bitbucket/api/bitbucket';
import { type Config, ConfigError } from '../../config/config';
import { type Environment, proxiesOf, transport } from '../../connection/connect';
import { shownUrl } from '../hooks/hook-definition';
import { urlsOf } from '../hooks/manage';
import type { Inbox } from '../inbox/inbox';
import { type CheckStep, ok } from './check-step';
import { probe } from './probe';
import { serverTest } from './server-test';

/** What the check needs. */
export interface CheckOptions {
  readonly config: Config;
  readonly bitbucket: Bitbucket;
  readonly inbox: Inbox | null;
  readonly url: string | undefined;
  readonly environment: Environment;
}

/** For the probe's answer, in milliseconds. */
const TIMEOUT_MS = 15_000;

/** Tries the way of an event: Bitbucket's own test, then a signed probe from here. @throws ConfigError where the URL or the secret is missing */
export async function* checkWebhooks(options: CheckOptions): AsyncGenerator<CheckStep> {
  const { config, bitbucket, inbox, environment } = options;
  const [url] = await urlsOf(options);
  if (url === undefined)
    throw new ConfigError(
      '--url is missing: write where Bitbucket reaches the receiver, such as --url https://hooks.example.com/webhooks/bitbucket_data_center, or webhook_url in the configuration.',
    );
  const { webhookSecret: secret } = config;
  if (secret === null) throw new ConfigError('webhook_secret is missing: write the secret that the webhooks sign with.');
  yield ok('URL', `what is tried is ${shownUrl(url)}; whether webhooks send there, webhooks list tells`);
  yield await serverTest(bitbucket, config.filters, url);
  const http = transport(config, environment, TIMEOUT_MS);
  const isProxied = proxiesOf(environment)(new URL(url)) !== null;
  yield* probe({ url, secret, http, isProxied, inbox, signal: environment.signal });
}
