import { ConfigError } from '../../config/config';
import { definitionOf, eventsOf, faultsOf, HOOK_NAME, sameUrl, shownUrl, type WantedHook } from './hook-definition';
import { act, expectUrl, inAllPlaces, isOpen, type ManageOptions, type OpenPlace, placesThatBelong, sendingTo } from './manage';
import { observe } from './observation';
import { putHook } from './put-hook';
import { hooksOf, nameOf, type Place } from './scopes';

/** What one run works with. */
interface Run {
  readonly options: ManageOptions;
  readonly wanted: WantedHook;
  /** Ours are those that send to one of these. */
  readonly urls: readonly string[];
  /** Places where something was changed: they are asked once more. */
  readonly changed: Set<string>;
}

/**
 * Creates what is missing and repairs what is wrong, and records in the inbox what is then there, so that syncs whose account may not look
 * know of it; a second run finds nothing to do. @returns whether nothing failed
 */
export async function ensureHooks(options: ManageOptions): Promise<boolean> {
  const { bitbucket, config, inbox, log, replaced, apply } = options;
  const url = expectUrl(options.url ?? config.webhookUrl ?? undefined);
  const { webhookSecret: secret } = config;
  if (secret === null)
    throw new ConfigError(
      'webhook_secret is missing: write the secret that the webhooks are to sign with, such as openssl rand -hex 32 prints.',
    );
  const wanted: WantedHook = { url, secret, events: eventsOf(await bitbucket.majorVersion()) };
  const run: Run = { options, wanted, urls: [url, ...replaced], changed: new Set() };
  const succeeded = await inAllPlaces(options, async (places, { at }) => {
    const belonging = placesThatBelong(places);
    const changing = async (place: Place, work: (run: Run, place: OpenPlace) => Promise<number>) =>
      at(place, async (open) => {
        run.changed.add(place.id);
        const changes = await work(run, open);
        if (changes === 0) run.changed.delete(place.id);
        return changes;
      });
    for (const place of belonging) await changing(place, ensureAt);
    const rest = places.repositories.filter((place) => !belonging.includes(place));
    for (const place of rest) if (oursAt(place, run.urls)) await changing(place, removeExtra);
    if (apply && inbox !== null) await record(run, [...belonging, ...rest]);
  });
  if (apply && inbox !== null) await inbox.noteUrl(url, replaced);
  if (inbox === null)
    log('note    webhook_inbox is not configured here: syncs whose account may not look at webhooks learn nothing of these.');
  return succeeded;
}

async function ensureAt({ options, wanted, urls }: Run, { scope, hooks }: OpenPlace): Promise<number> {
  const { bitbucket, renewSecret, log } = options;
  const [first, ...more] = sendingTo(hooks, urls);
  for (const { id, name, url } of hooks)
    if (name === HOOK_NAME && !urls.some((each) => sameUrl(url, each)))
      log(
        `note    webhook ${id} of ${nameOf(scope)} → ${shownUrl(url)} is another installation's; if the receiver was there before, say --replace with that URL.`,
      );
  let changes = 0;
  if (first === undefined) {
    const what = `create a webhook on ${nameOf(scope)} with ${wanted.events.length} events`;
    changes += await act(options, what, () => putHook(bitbucket, scope, definitionOf(wanted)));
  } else {
    const faults = [...faultsOf(first, wanted), ...(renewSecret ? ['its secret to be written'] : [])];
    const repair = () => putHook(bitbucket, scope, definitionOf(wanted, first), first.id);
    if (faults.length > 0)
      changes += await act(options, `repair webhook ${first.id} of ${nameOf(scope)}: ${faults.join('; ')}`, repair);
  }
  for (const { id } of more)
    changes += await act(options, `remove webhook ${id} of ${nameOf(scope)}, which is there twice`, () =>
      bitbucket.webhooks.delete(scope, id),
    );
  return changes;
}

/** A webhook of a repository whose project has one: each event would come twice. */
async function removeExtra({ options, urls }: Run, { scope, hooks }: OpenPlace): Promise<number> {
  let changes = 0;
  for (const { id } of sendingTo(hooks, urls))
    changes += await act(options, `remove webhook ${id} of ${nameOf(scope)}: its project has one`, () =>
      options.bitbucket.webhooks.delete(scope, id),
    );
  return changes;
}

function oursAt(place: Place, urls: readonly string[]): boolean {
  return isOpen(place) && sendingTo(place.hooks, urls).length > 0;
}

/** Keeps what is there now: changed places are asked once more. */
async function record({ options, wanted, changed }: Run, places: readonly Place[]): Promise<void> {
  const { bitbucket, inbox } = options;
  const found = new Map<string, Awaited<ReturnType<typeof hooksOf>>>();
  for (const place of places) {
    if (!isOpen(place)) continue;
    found.set(place.id, changed.has(place.id) ? await hooksOf(bitbucket, place.scope) : [...place.hooks]);
  }
  await inbox?.updateScopes([...found.keys()], (known, at) => ({
    ...observe(known, found.get(known.scope) ?? [], [wanted.url], at, known.asked),
    state: known.state,
    askedAt: known.askedAt,
    ensured: at.position,
  }));
}
