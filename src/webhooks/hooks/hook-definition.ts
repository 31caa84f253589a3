import type { RestWebhook, WebhookDefinition } from '../../bitbucket/api/hooks';

/** The name of the webhooks that we make. Another installation's have it too: whose a webhook is, its URL tells. */
export const HOOK_NAME = 'source-bitbucket-data-center';

const OF_PULL_REQUESTS = [
  ...['pr:opened', 'pr:modified', 'pr:merged', 'pr:declined', 'pr:deleted'],
  ...['pr:reviewer:updated', 'pr:reviewer:approved', 'pr:reviewer:unapproved', 'pr:reviewer:needs_work'],
  ...['pr:comment:added', 'pr:comment:edited', 'pr:comment:deleted'],
];

/** The first version that tells of every push to a pull request (BSERV-10279); before it, no set of events is complete. */
export const FIRST_COMPLETE = 7;

/**
 * Every event that could change what is read and that a version knows: those of pull requests, and pushes.
 * @param majorVersion 0 where the server does not say
 */
export function eventsOf(majorVersion: number): string[] {
  const ofPullRequests =
    majorVersion === 0 || majorVersion >= FIRST_COMPLETE ? [...OF_PULL_REQUESTS, 'pr:from_ref_updated'] : OF_PULL_REQUESTS;
  return [...ofPullRequests, 'repo:refs_changed'];
}

/** What a webhook of ours must be. */
export interface WantedHook {
  readonly url: string;
  readonly secret: string;
  readonly events: readonly string[];
}

/**
 * What is wrong with a webhook, in words; empty: nothing. A secret that the server does not show is right where the name is ours.
 * @param wanted a secret of null is not known here: no secret that the server shows is wrong
 */
export function faultsOf(hook: RestWebhook, wanted: Omit<WantedHook, 'secret'> & { readonly secret: string | null }): string[] {
  const missing = wanted.events.filter((event) => hook.events?.includes(event) !== true);
  const shown: unknown = hook.configuration?.secret;
  const isShown = typeof shown === 'string' && !/^\*+$/.test(shown);
  const secretFits = isShown ? wanted.secret === null || shown === wanted.secret : hook.name === HOOK_NAME;
  return [
    ...(sameUrl(hook.url, wanted.url) ? [] : ['another URL']),
    ...(hook.active === false ? ['switched off'] : []),
    ...(missing.length > 0 ? [`without ${missing.join(', ')}`] : []),
    ...(secretFits ? [] : ['another secret, or none']),
  ];
}

/** The webhook as it is to be; what else an existing one sends it goes on sending. */
export function definitionOf(wanted: WantedHook, existing?: RestWebhook): WebhookDefinition {
  return {
    name: HOOK_NAME,
    url: wanted.url,
    active: true,
    events: [...new Set([...wanted.events, ...(existing?.events ?? [])])],
    configuration: { secret: wanted.secret },
    ...(existing?.sslVerificationRequired !== undefined && { sslVerificationRequired: existing.sslVerificationRequired }),
  };
}

/** Whether two URLs are the same one: a default port, a slash at the end of the path and the case of the host do not matter. */
export function sameUrl(a: string | undefined, b: string): boolean {
  return a !== undefined && URL.canParse(a) && URL.canParse(b) && normal(a) === normal(b);
}

/** As it may be printed: what follows the path, and what comes before the host, may be a secret of somebody else's. */
export function shownUrl(text: string | undefined): string {
  if (text === undefined || !URL.canParse(text)) return '(no URL)';
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host}${pathname}`;
}

function normal(text: string): string {
  const { protocol, username, password, host, pathname, search } = new URL(text);
  return [protocol, username, password, host, pathname.replace(/\/+$/, ''), search].join('\n');
}
