import type { Document } from '../documents/json';
import type { World } from '../world';

/** How a delivery ended: the receiver said 2xx, or something else, or nothing. */
export type Outcome = 'SUCCESS' | 'FAILURE' | 'ERROR';

/** Where a webhook hangs: ids, which survive renames. */
export interface Scope {
  readonly type: 'project' | 'repository';
  readonly id: number;
}

export interface Webhook {
  readonly id: number;
  readonly scope: Scope;
  readonly createdDate: number;
  updatedDate: number;
  name: string;
  url: string;
  active: boolean;
  events: readonly string[];
  secret: string | undefined;
  sslVerificationRequired: boolean;
  /** Failures in a row; the breaker opens at five. */
  failures: number;
  skippedUntil: number;
  readonly last: Map<Outcome, { readonly event: string; readonly at: number; readonly status: number | null }>;
  readonly counts: Record<Outcome, number>;
}

const EVENTS = new Set([
  ...['repo:refs_changed', 'repo:modified', 'repo:forked', 'repo:comment:added', 'repo:comment:edited', 'repo:comment:deleted'],
  ...['pr:opened', 'pr:modified', 'pr:merged', 'pr:declined', 'pr:deleted', 'pr:reviewer:updated', 'pr:reviewer:approved'],
  ...['pr:reviewer:unapproved', 'pr:reviewer:needs_work', 'pr:comment:added', 'pr:comment:edited', 'pr:comment:deleted'],
]);

/** Whether a version can send this event; webhooks with others are refused. */
export const knowsEvent = (world: World, event: string): boolean =>
  EVENTS.has(event) ||
  (event === 'pr:from_ref_updated' && major(world) >= 7) ||
  (event === 'mirror:repo_synchronized' && major(world) >= 5);

/** Projects have webhooks of their own. */
export const hasProjectHooks = (world: World): boolean => major(world) >= 8;

const major = (world: World): number => Number.parseInt(world.version, 10);

/** A webhook as REST shows it; later versions keep its secret to themselves, the oldest tells no statistics. @param statistics whether they are told */
export const webhookDocument = (world: World, hook: Webhook, statistics: boolean): Document => ({
  id: hook.id,
  name: hook.name,
  createdDate: hook.createdDate,
  updatedDate: hook.updatedDate,
  events: hook.events,
  configuration: hook.secret === undefined || major(world) >= 9 ? {} : { secret: hook.secret },
  url: hook.url,
  active: hook.active,
  scopeType: major(world) >= 8 ? hook.scope.type : undefined,
  sslVerificationRequired: major(world) >= 8 ? hook.sslVerificationRequired : undefined,
  statistics: statistics && major(world) >= 7 ? statisticsOf(hook) : undefined,
});

const statisticsOf = ({ last, counts }: Webhook): Document => {
  const invocation = (outcome: Outcome): Document | undefined => {
    const found = last.get(outcome);
    if (found === undefined) return undefined;
    return {
      id: found.at,
      event: found.event,
      duration: 3,
      start: found.at - 3,
      finish: found.at,
      request: { method: 'POST' },
      result: { outcome, description: String(found.status ?? 'no answer') },
    };
  };
  return {
    lastSuccess: invocation('SUCCESS'),
    lastFailure: invocation('FAILURE'),
    lastError: invocation('ERROR'),
    counts: {
      successes: counts.SUCCESS,
      failures: counts.FAILURE,
      errors: counts.ERROR,
      window: { start: 0, duration: 86_400_000 },
    },
  };
};
