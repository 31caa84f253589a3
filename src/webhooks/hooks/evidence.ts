import type { HookRecord, ScopeRecord } from '../inbox/hook-record';
import type { SignedAt } from '../inbox/inbox';

/** The records of a repository and its project, as far as they are known. */
export interface Places {
  readonly project: ScopeRecord;
  /** Of the repository that an event came from; null: nobody has looked there. */
  readonly repositoryOf: (repositoryId: number) => ScopeRecord | null;
}

/**
 * What signed events prove about the webhooks of a place of which the server tells no statistics. A delivery does not name its webhook: an
 * event proves one only where no other known webhook could have sent it, or where each that could would do alone.
 * @param signed the events that came from this place: of a repository its own, of a project those of all its repositories
 * @param after position of the latest gap: whoever could not deliver may have been paused by the server since, until an event comes
 * @param isFull whether a webhook would do alone
 * @returns the ids of the webhooks that are proven now and were not before
 */
export function provenByEvents(
  place: ScopeRecord,
  places: Places,
  signed: readonly SignedAt[],
  after: number,
  isFull: (hook: HookRecord) => boolean,
): ReadonlySet<number> {
  const waiting = place.hooks.filter((hook) => !hook.counted && hook.works <= after);
  const proven = new Set<number>();
  if (waiting.length === 0) return proven;
  for (const { repositoryId, event, position } of signed) {
    if (position <= after) continue;
    const repository = places.repositoryOf(repositoryId);
    // Where this account may look, nobody knows what hangs where nobody has looked.
    if (repository === null && places.project.state !== 'hidden') continue;
    const senders = [...places.project.hooks, ...(repository?.hooks ?? [])].filter(({ events }) => events.includes(event));
    if (senders.some(({ seen }) => position <= seen)) continue;
    if (senders.length > 1 && !senders.every(isFull)) continue;
    for (const hook of waiting) if (senders.includes(hook)) proven.add(hook.id);
  }
  return proven;
}

/** A webhook that is there and works; one that is not counted works no longer after a gap, until an event comes. */
export function isWorking({ counted, works }: HookRecord, gap: number): boolean {
  return works > 0 && (counted || works > gap);
}
