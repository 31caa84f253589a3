import type { HookRecord, ScopeRecord } from '../inbox/hook-record';
import { isWorking } from './evidence';
import { shownUrl } from './hook-definition';

/** Whether the list of a repository may be left out while nothing is said of it, and why. */
export interface Verdict {
  readonly proven: boolean;
  /** A listing pass that began before this position may have missed something; 0: none. */
  readonly missed: number;
  /** Which proof counts, or what is missing. */
  readonly reason: string;
}

/** The reason where it is not known which webhooks are ours. */
export const NO_URL = 'it is not known where our webhooks send to';

/** What a verdict goes by. */
export interface Grounds {
  /** With the names of the places, for people. */
  readonly places: readonly (readonly [name: string, record: ScopeRecord])[];
  /** Every event that could change what is read. */
  readonly required: readonly string[];
  /** Position of the latest gap; 0: there was none. */
  readonly gap: number;
  /** Where our webhooks send to. */
  readonly urls: readonly string[];
}

/** Judges the webhooks of a repository and its project together: the working ones must send everything that is required. */
export function verdictOf({ places, required, gap, urls }: Grounds): Verdict {
  const missed = Math.max(0, ...places.map(([, record]) => record.missed));
  const hooks = places.flatMap(([name, { hooks }]) => hooks.map((hook) => ({ name, hook })));
  const working = hooks.filter(({ hook }) => isWorking(hook, gap));
  const lacking = missingFrom(
    required,
    working.map(({ hook }) => hook),
  );
  if (lacking.length === 0) {
    const needed = working.filter(({ hook }) => missingFrom(required, [hook]).length < required.length);
    const proof = needed.every(({ hook }) => hook.counted) ? "by the server's statistics" : 'by a signed event';
    return { proven: true, missed, reason: `proven ${proof}: ${needed.map(nameOf).join(' and ')}` };
  }
  return { proven: false, missed, reason: whatIsMissing(places, hooks, { required, gap, urls }) };
}

function whatIsMissing(
  places: Grounds['places'],
  hooks: readonly { name: string; hook: HookRecord }[],
  { required, gap, urls }: Omit<Grounds, 'places'>,
): string {
  if (urls.length === 0) return NO_URL;
  if (hooks.length === 0) {
    if (places.every(([, { state }]) => state === 'hidden'))
      return 'this account may not look at webhooks, and `webhooks ensure` has recorded none';
    return `there is no webhook that sends to ${urls.map(shownUrl).join(' or ')}`;
  }
  const lacking = missingFrom(
    required,
    hooks.map(({ hook }) => hook),
  );
  if (lacking.length > 0) return `${hooks.map(nameOf).join(' and ')} without ${lacking.join(', ')}`;
  const idle = hooks.filter(({ hook }) => !isWorking(hook, gap));
  return idle
    .map(
      (each) =>
        `${nameOf(each)} ${each.hook.failure > 0 && each.hook.counted ? 'failed last, or' : ''} has delivered nothing since it was first seen`,
    )
    .join('; ')
    .replaceAll('  ', ' ');
}

function missingFrom(required: readonly string[], hooks: readonly HookRecord[]): string[] {
  return required.filter((event) => !hooks.some(({ events }) => events.includes(event)));
}

function nameOf({ name, hook }: { name: string; hook: HookRecord }): string {
  return `webhook ${hook.id} of ${name}`;
}
