import { parseHead } from '../../streams/watch/heads';
import type { WatchState } from './watch-stream-state';

/** Each attempt forgets what should be enough; how well it packs is not known before. */
const ATTEMPTS = 5;

/** A recent commit that is neither a tip nor the head of a pull request, and has no build in progress. */
interface Finished {
  readonly repositoryId: number;
  readonly id: string;
  /** Epoch milliseconds. */
  readonly date: number;
}

/**
 * Makes a state fit into so many bytes: the oldest finished commits are forgotten first, and so watched no longer.
 * @returns how many were forgotten
 */
export function fitInto(state: WatchState, room: number): number {
  let forgotten = 0;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const weight = state.print().length;
    const finished = weight <= room ? [] : finishedOf(state);
    if (finished.length === 0) break;
    const share = Math.min(1, (attempt * (weight - room)) / weight);
    const oldest = finished.sort((one, other) => one.date - other.date).slice(0, Math.ceil(finished.length * share));
    forget(state, oldest);
    forgotten += oldest.length;
  }
  return forgotten;
}

function finishedOf({ items, heads, commits }: WatchState): Finished[] {
  return [...commits.repositories].flatMap(([repositoryId, { body }]) => {
    const { known } = items.of(repositoryId).body;
    const kept = new Set([...body.read.tips.values()].map(({ commit }) => commit));
    for (const { fingerprint } of heads.repositories.get(repositoryId)?.body.known.values() ?? [])
      kept.add(parseHead(fingerprint)?.commitId ?? '');
    const isFinished = (id: string) => !kept.has(id) && (known.get(id)?.runningSince ?? null) === null;
    return [...body.recent].flatMap(([id, date]) => (isFinished(id) ? [{ repositoryId, id, date }] : []));
  });
}

function forget({ items, commits }: WatchState, finished: readonly Finished[]): void {
  const byRepository = new Map<number, Set<string>>();
  for (const { repositoryId, id } of finished) {
    const ids = byRepository.get(repositoryId) ?? new Set<string>();
    byRepository.set(repositoryId, ids.add(id));
  }
  for (const [repositoryId, ids] of byRepository) {
    const memory = commits.of(repositoryId);
    memory.body = { ...memory.body, recent: new Map([...memory.body.recent].filter(([id]) => !ids.has(id))) };
    commits.changed(repositoryId);
    for (const id of ids) items.of(repositoryId).body.known.delete(id);
    items.changed(repositoryId);
  }
}
