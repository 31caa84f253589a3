import type { RestWebhook } from '../../bitbucket/api/hooks';
import type { InboxContents } from '../inbox/inbox';
import { unknownScope } from '../inbox/hook-record';
import { eventsOf, faultsOf, FIRST_COMPLETE, HOOK_NAME, sameUrl, shownUrl } from './hook-definition';
import { inAllPlaces, isOpen, type ManageOptions, type OpenPlace, placesThatBelong, urlsOf, type Work } from './manage';
import { nameOf, type ProjectPlaces } from './scopes';
import { verdictOf } from './verdict';

/** What follows where webhooks prove nothing. */
const IN_VAIN = 'each sync asks for all lists here, as without webhooks';

/** Lists the webhooks on the selected projects and repositories, what is wrong with ours, and what they prove. @returns whether all could be looked at */
export async function listHooks(options: ManageOptions): Promise<boolean> {
  const { bitbucket, inbox, log } = options;
  const urls = await urlsOf(options);
  const major = await bitbucket.majorVersion();
  const contents = inbox === null ? null : await inbox.read(Number.MAX_SAFE_INTEGER, '');
  if (urls.length === 0)
    log('note    where our webhooks send to is not known: say --url, or write webhook_url in the configuration.');
  const look = async (places: ProjectPlaces, { at }: Work) => {
    const belonging = placesThatBelong(places);
    const others = places.repositories.filter(
      (place) => !belonging.includes(place) && isOpen(place) && place.hooks.some((hook) => sends(hook, urls)),
    );
    for (const place of [...belonging, ...others]) {
      await at(place, (open) => {
        listPlace(options, open, urls, eventsOf(major));
        if (contents !== null && belonging.includes(place))
          log(`${nameOf(place.scope)}: ${proofOf(places, open, contents, { urls, major })}`);
        return Promise.resolve(0);
      });
    }
  };
  return inAllPlaces(options, look, { mayChange: false });
}

function listPlace({ log, config }: ManageOptions, { scope, hooks }: OpenPlace, urls: readonly string[], events: string[]): void {
  if (hooks.length === 0) log(`${nameOf(scope)}: has no webhooks`);
  for (const hook of hooks) {
    const url = urls.find((each) => sameUrl(hook.url, each));
    const faults = url === undefined ? [] : faultsOf(hook, { url, secret: config.webhookSecret, events });
    const whose =
      url !== undefined
        ? faults.length === 0
          ? '(ours)'
          : `(ours: ${faults.join('; ')})`
        : hook.name === HOOK_NAME && urls.length > 0
          ? "(another installation's)"
          : '(not ours)';
    const name = hook.name === undefined ? '' : ` "${hook.name}"`;
    log(`${nameOf(scope)}: webhook ${hook.id}${name} → ${shownUrl(hook.url)} ${whose}`);
  }
}

/** As the next sync would judge by what is recorded. */
function proofOf(
  { project }: ProjectPlaces,
  { scope, id }: OpenPlace,
  { scopes, gap }: InboxContents,
  { urls, major }: { urls: readonly string[]; major: number },
): string {
  if (major < FIRST_COMPLETE) return `${IN_VAIN}: before Bitbucket 7.0, no event tells of a push from a fork`;
  const recordOf = (place: string) => scopes.get(place) ?? unknownScope(place);
  const isProject = project?.id === id;
  const { proven, reason } = verdictOf({
    required: eventsOf(major),
    gap: gap?.position ?? 0,
    urls,
    places: [
      ...(project !== null && !isProject ? [[nameOf(project.scope), recordOf(project.id)] as const] : []),
      [nameOf(scope), recordOf(id)] as const,
    ],
  });
  return proven ? `each sync may pass over what is quiet here; ${reason}` : `${IN_VAIN}: ${reason}`;
}

function sends(hook: RestWebhook, urls: readonly string[]): boolean {
  return urls.some((url) => sameUrl(hook.url, url));
}
