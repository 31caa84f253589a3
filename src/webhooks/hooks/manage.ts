import type { Bitbucket } from '../../bitbucket/api/bitbucket';
import { BitbucketError, isFatal, isKind } from '../../bitbucket/errors';
import type { HookScope, WebhookDefinition } from '../../bitbucket/api/hooks';
import { type Config, ConfigError } from '../../config/config';
import { definitionOf, eventsOf, faultsOf, HOOK_NAME, isOurs, shownUrl, type WantedHook } from './hook-definition';
import { nameOf, type Place, placesOf } from './scopes';

/** What `webhooks` needs. */
export interface ManageOptions {
  readonly config: Config;
  readonly bitbucket: Bitbucket;
  /** Where the receiver is reached from the Bitbucket server. */
  readonly url: string | undefined;
  /** Without it, nothing is changed and what would be is told. */
  readonly apply: boolean;
  /** Write the secret also where nothing else is wrong. */
  readonly renewSecret: boolean;
  readonly log: (line: string) => void;
}

/** What happened, or would. */
interface Report {
  changed: number;
  failed: number;
}

/** Lists the webhooks that are ours on the selected projects and repositories, and what is wrong with them. @returns whether all could be looked at */
export function listHooks(options: ManageOptions): Promise<boolean> {
  const { log, url, config } = options;
  return inAllPlaces(options, async ({ scope, hooks }) => {
    const events = eventsOf(await options.bitbucket.majorVersion());
    if (hooks.length === 0) log(`${nameOf(scope)}: none`);
    for (const hook of hooks) {
      const wanted = { url: url ?? hook.url ?? '', secret: config.webhookSecret ?? '', events };
      const ours = isOurs(hook, wanted.url) && (url !== undefined || hook.name === HOOK_NAME);
      const faults = ours ? faultsOf(hook, wanted) : [];
      log(
        `${nameOf(scope)}: ${hook.id} ${hook.name ?? ''} → ${shownUrl(hook.url)} ${ours ? (faults.length === 0 ? '(ours)' : `(ours: ${faults.join('; ')})`) : '(not ours)'}`,
      );
    }
    return 0;
  });
}

/** Creates what is missing and repairs what is wrong; a second run finds nothing to do. @returns whether nothing failed */
export function ensureHooks(options: ManageOptions): Promise<boolean> {
  const { bitbucket, config, renewSecret } = options;
  const url = receiverUrl(options.url);
  const { webhookSecret: secret } = config;
  if (secret === null) throw new ConfigError('webhook_secret is missing: write the secret that the webhooks are to sign with.');
  return inAllPlaces(options, async ({ scope, hooks }) => {
    const wanted: WantedHook = { url, secret, events: eventsOf(await bitbucket.majorVersion()) };
    const [first, ...more] = hooks.filter((hook) => isOurs(hook, url)).sort((a, b) => a.id - b.id);
    let changes = 0;
    if (first === undefined) {
      changes += await act(options, `create a webhook on ${nameOf(scope)} with ${wanted.events.length} events`, () =>
        put(bitbucket, scope, definitionOf(wanted)),
      );
    } else {
      const faults = [...faultsOf(first, wanted), ...(renewSecret ? ['its secret to be written'] : [])];
      const repair = () => put(bitbucket, scope, definitionOf(wanted, first), first.id);
      if (faults.length > 0)
        changes += await act(options, `repair webhook ${first.id} of ${nameOf(scope)}: ${faults.join('; ')}`, repair);
    }
    for (const { id } of more)
      changes += await act(options, `remove webhook ${id} of ${nameOf(scope)}, which is there twice`, () =>
        bitbucket.webhooks.delete(scope, id),
      );
    return changes;
  });
}

/** Removes the webhooks that are ours. @returns whether nothing failed */
export function removeHooks(options: ManageOptions): Promise<boolean> {
  return inAllPlaces(options, async ({ scope, hooks }) => {
    let changes = 0;
    for (const hook of hooks.filter((each) => isOurs(each, options.url ?? ''))) {
      changes += await act(options, `remove webhook ${hook.id} of ${nameOf(scope)} → ${shownUrl(hook.url)}`, () =>
        options.bitbucket.webhooks.delete(scope, hook.id),
      );
    }
    return changes;
  });
}

/** One place that fails does not stop the others. */
async function inAllPlaces(options: ManageOptions, work: (place: Place) => Promise<number>): Promise<boolean> {
  const { bitbucket, config, log, apply } = options;
  const report: Report = { changed: 0, failed: 0 };
  await bitbucket.logIn();
  let places = 0;
  for await (const place of placesOf(bitbucket, config.filters)) {
    places++;
    try {
      if ('error' in place) throw place.error;
      report.changed += await work(place);
    } catch (error) {
      if (isFatal(error) || !(error instanceof BitbucketError)) throw error;
      report.failed++;
      const remedy = isKind(error, 'forbidden', 'not_found')
        ? ' Webhooks need the permission to administer the repository or the project.'
        : '';
      log(`cannot  ${nameOf(place.scope)}: ${error.message}.${remedy}`);
    }
  }
  const done =
    apply || report.changed === 0
      ? `${report.changed} changes`
      : `${report.changed} changes to be made: run it again with --apply`;
  log(`${places} places, ${done}${report.failed > 0 ? `, ${report.failed} could not be looked at or changed` : ''}.`);
  return report.failed === 0;
}

async function act({ apply, log }: ManageOptions, what: string, change: () => Promise<void>): Promise<number> {
  if (apply) await change();
  log(`${apply ? 'done  ' : 'would '}  ${what}`);
  return 1;
}

/** A server that does not know an event refuses the whole webhook and names it: it does without. */
async function put({ webhooks }: Bitbucket, scope: HookScope, definition: WebhookDefinition, id?: number): Promise<void> {
  for (let events = definition.events; ;) {
    try {
      const body = { ...definition, events };
      return await (id === undefined ? webhooks.create(scope, body) : webhooks.update(scope, id, body));
    } catch (error) {
      const unknown = isKind(error, 'rejected') ? /event (\S+?) is unknown/.exec(error.message)?.[1] : undefined;
      if (unknown === undefined || !events.includes(unknown)) throw error;
      events = events.filter((event) => event !== unknown);
    }
  }
}

function receiverUrl(url: string | undefined): string {
  if (url === undefined || !/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    throw new ConfigError(
      '--url is missing or is no URL: write where Bitbucket reaches the receiver, such as --url https://hooks.example.com/webhooks/bitbucket_data_center.',
    );
  }
  return url;
}
