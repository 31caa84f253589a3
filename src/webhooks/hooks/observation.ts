import type { RestWebhook } from '../../bitbucket/api/hooks';
import { isJson } from '../../config/json';
import type { HookRecord, ScopeRecord } from '../inbox/hook-record';
import { sameUrl } from './hook-definition';

/** Where in the inbox's sequence, and when by its clock. */
export interface Moment {
  readonly position: number;
  readonly now: number;
}

/** The webhooks that are active and send to one of our URLs. */
export function ours(hooks: readonly RestWebhook[], urls: readonly string[]): RestWebhook[] {
  return hooks.filter(({ active, url }) => active !== false && urls.some((each) => sameUrl(url, each)));
}

/**
 * What is known of a place after the server was asked: pure, so that it can be done again on what another sync has recorded meanwhile.
 *
 * A webhook works once a delivery has succeeded since it was first seen in its present form, and does no longer when one fails; between
 * the two, deliveries may have been left out without a trace, so a change in either direction makes earlier listing passes worthless.
 * @param known what was known before
 * @param found the webhooks of the place, those of others among them
 * @param urls where ours send to
 * @param asked position that the sequence had come to when the server was asked
 */
export function observe(
  known: ScopeRecord,
  found: readonly RestWebhook[],
  urls: readonly string[],
  moment: Moment,
  asked: number,
): ScopeRecord {
  const before = new Map(known.hooks.map((hook) => [hook.id, hook]));
  let { missed } = known;
  const hooks = ours(found, urls).map((hook) => {
    const { record, isNews } = compare(before.get(hook.id), hook, moment.position);
    if (isNews) missed = moment.position;
    return record;
  });
  return { ...known, state: 'shown', askedAt: moment.now, asked, missed, hooks };
}

/** What an account that may not look has of a place: what others have recorded, without the server's statistics. */
export function hiddenView(known: ScopeRecord, isFresh: boolean): ScopeRecord {
  const isKnown = known.ensured > 0 || (known.state === 'shown' && isFresh);
  return { ...known, state: 'hidden', hooks: isKnown ? known.hooks.map((hook) => ({ ...hook, counted: false })) : [] };
}

/** Whether two records differ in what they say of the webhooks; when the server was asked does not count. */
export function saysTheSame(a: ScopeRecord, b: ScopeRecord): boolean {
  const told = ({ state, ensured, hooks }: ScopeRecord) =>
    JSON.stringify([
      state,
      ensured,
      hooks.map(({ id, form, counted, success, failure, works }) => [id, form, counted, success, failure, works > 0]),
    ]);
  return told(a) === told(b);
}

/** @returns isNews: deliveries may have been missed */
function compare(before: HookRecord | undefined, hook: RestWebhook, position: number): { record: HookRecord; isNews: boolean } {
  const { statistics } = hook;
  const [success, failure] = [succeededAt(statistics), failedAt(statistics)];
  const form = formOf(hook);
  const counted = isJson(statistics);
  const seen = { id: hook.id, url: hook.url ?? '', events: hook.events ?? [], form, counted, success, failure };
  if (before?.form !== form) return { record: { ...seen, seen: position, works: 0 }, isNews: false };
  if (!counted) return { record: { ...before, counted }, isNews: false };
  const succeeded = success > 0 && success !== before.success;
  const failed = failure > 0 && failure !== before.failure;
  // Both since we last asked: only the server can say which came later.
  const works = failed ? succeeded && success > failure : succeeded || before.works > 0;
  const begins = works && before.works === 0;
  return {
    record: { ...seen, seen: before.seen, works: works ? (begins ? position : before.works) : 0 },
    isNews: failed || begins,
  };
}

/** All that an edit may change, and the server's own note that it was edited. */
function formOf({ id, url, active, events = [], updatedDate, sslVerificationRequired }: RestWebhook): string {
  return JSON.stringify([id, url, active !== false, [...events].sort(), updatedDate, sslVerificationRequired]);
}

function succeededAt(statistics: unknown): number {
  return isJson(statistics) ? endOf(statistics.lastSuccess) : 0;
}

/** When a delivery last failed, or got no answer. */
function failedAt(statistics: unknown): number {
  return isJson(statistics) ? Math.max(endOf(statistics.lastFailure), endOf(statistics.lastError)) : 0;
}

function endOf(invocation: unknown): number {
  const end = isJson(invocation) ? (invocation.finish ?? invocation.start) : undefined;
  const instant = typeof end === 'number' ? end : Date.parse(String(end));
  return Number.isNaN(instant) ? 0 : instant;
}
