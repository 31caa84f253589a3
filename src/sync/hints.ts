import { randomUUID } from 'node:crypto';
import type { RestRepository } from '../bitbucket/api/payloads';
import { redactor } from '../bitbucket/transport/redact';
import { passwordsInUrl } from '../config/config';
import { type Inbox, type Look, SILENCE_MS } from '../webhooks/inbox/inbox';
import { openInbox } from '../webhooks/inbox/open-inbox';
import { HookProofs } from '../webhooks/hooks/proof';
import type { SyncContext } from './context';
import { lowestGap } from './items/coverage';
import type { PullRequestsState } from './items/item-state';
import { isRechecked, mayHaveWritten } from './items/tracker';
import { isOfAnotherServer } from './repository/life-cycle';
import type { RepositoryMemory } from './repository/repository-states';
import type { SelectedPullRequests } from './selected';

const HOUR_MS = 3600 * 1000;
/** The server is asked for each webhook, and for what went wrong with it, at least so many times between two full walks. */
const ASKED_PER_WALK = 6;
/**
 * And in each sync for so many, in rotation: all, where projects have webhooks; where each repository has its own, asking for all in each
 * sync would cost as much as walking.
 */
const ASKED_PER_SYNC = 50;

/** What the inbox says of one repository. */
export interface Hint {
  /** Whether its list must be walked; else only what is marked is read. */
  readonly walk: boolean;
  /** Pull requests that something happened to. */
  readonly marked: readonly number[];
}

/** Everything is walked, and nothing is marked. */
const ALL: Hint = { walk: true, marked: [] };

/**
 * What webhooks have marked since the states that this sync starts from, and which repositories need not be walked because of them. The
 * position that was read up to goes into the states only when all that was marked is written or owed.
 */
export class Hints {
  private readonly marked = new Map<number, number[]>();
  private readonly whole = new Set<number>();

  private constructor(
    private readonly context: SyncContext,
    private readonly selected: readonly SelectedPullRequests[],
    private readonly inbox: Inbox,
    private readonly look: Look,
    /** By this name the inbox knows this connection. */
    private readonly reader: string,
    private readonly proofs: HookProofs,
    /** Why every repository must be walked; null: webhooks can be relied on. */
    private readonly distrust: string | null,
  ) {
    for (const { repositoryId, pullRequestId } of look.marks) {
      if (pullRequestId === null) this.whole.add(repositoryId);
      else this.marked.set(repositoryId, [...(this.marked.get(repositoryId) ?? []), pullRequestId]);
    }
  }

  /** Opens the inbox, if one is configured and works, and acknowledges what the states cover. */
  static async open(context: SyncContext, selected: readonly SelectedPullRequests[]): Promise<Hints | null> {
    const { config, emitter, startedAt, bitbucket } = context;
    if (config.webhookInbox === null || selected.length === 0) return null;
    try {
      const inbox = await openInbox(config.webhookInbox);
      const first = await inbox.look(Number.MAX_SAFE_INTEGER);
      const covered = coveredPosition(selected, first.id);
      // Beyond what the inbox has counted so far: it was restored from a backup, and what it marks may be marked anew.
      const isRestored = covered !== null && covered > first.position;
      const position = isRestored ? null : covered;
      const reader =
        selected.map(({ state }) => state.inbox).find((known) => known?.id === first.id && known.reader !== null)?.reader ??
        randomUUID();
      // One that comes for the first time removes nothing; from now on, what it has not read is kept for it.
      await inbox.acknowledge(reader, position ?? first.forgottenTo, startedAt);
      const look = await inbox.look(position ?? 0);
      const window = config.fullWalkHours * HOUR_MS;
      const options = {
        now: startedAt,
        since: Math.max(startedAt - window, look.gapAt),
        askAgain: startedAt - window / ASKED_PER_WALK,
        atLeast: ASKED_PER_SYNC,
      };
      const distrust = isRestored ? 'the inbox has gone back behind the state' : distrustOf(context, look, position);
      emitter.log(
        'INFO',
        `Webhooks have marked ${look.marks.length} pull requests and repositories${distrust === null ? '' : `; all repositories are walked: ${distrust}`}`,
      );
      return new Hints(context, selected, inbox, look, reader, new HookProofs(bitbucket, inbox, look, options), distrust);
    } catch (error) {
      emitter.log(
        'WARN',
        `The webhook inbox cannot be read, and all repositories are walked: ${redactor(passwordsInUrl(config.webhookInbox))(error instanceof Error ? error.message : String(error))}`,
      );
      return null;
    }
  }

  /** What is to be done in a repository. */
  async of(repository: RestRepository): Promise<Hint> {
    const marked = this.marked.get(repository.id) ?? [];
    const states = this.selected.map(({ state }) => state.repositories.get(repository.id));
    const isRead = states.every((state) => state !== undefined && this.isWhole(state, repository));
    if (!isRead) return { walk: true, marked };
    const { distrust, whole } = this;
    if (distrust !== null) return { walk: true, marked };
    // Asked also where a walk is due: whatever is found missing later was then missed after that walk began.
    const { proven, missedAt } = await this.proofs.of(repository);
    const readAt = Math.min(...states.map((memory) => memory?.body.readAt ?? 0));
    return { walk: !proven || missedAt > readAt || whole.has(repository.id) || this.isDue(repository.id), marked };
  }

  /** What is marked and is not read by itself is pending: the next listing pass reads it. */
  postpone(repositoryId: number): void {
    for (const id of this.marked.get(repositoryId) ?? []) {
      for (const { stream, state } of this.selected) {
        const { body, pending } = state.of(repositoryId);
        // What the list itself gives need not be pending: the pass compares it. But a deletion shows in no list, once nothing is known of it.
        if (stream.source.from === 'entry' && (body.known.has(id) || !mayHaveWritten(body, id))) continue;
        if (!pending.has(id)) pending.set(id, 0);
        state.changed(repositoryId);
      }
    }
  }

  /** All that was marked is written, or owed: states say so from now on. */
  done(): void {
    const { id, position } = this.look;
    for (const { stream, state } of this.selected) {
      state.inbox = { id, position, reader: this.reader };
      void this.context.checkpoints.changed(stream.name, 0);
    }
  }

  async close(): Promise<void> {
    await this.inbox.close().catch(() => undefined);
  }

  /** Nothing of it is missing, and nothing pending: its state can be carried on from events. */
  private isWhole(memory: RepositoryMemory<PullRequestsState>, repository: RestRepository): boolean {
    const { covered, empty } = memory.body;
    const beginning = this.context.config.startDate ?? -Infinity;
    const isCovered = covered.length === 0 ? empty : lowestGap(covered, beginning) === Infinity;
    const isSettled = memory.attempts === 0 && memory.pending.size === 0 && memory.name !== '';
    return !isOfAnotherServer(memory, repository) && isCovered && isSettled;
  }

  /** Time for a walk: the full one, the recheck, or the one after a time in which nobody received. */
  private isDue(id: number): boolean {
    const { config, startedAt } = this.context;
    return this.selected.some(({ stream, state }) => {
      const { readAt, recheckedAt } = state.of(id).body;
      if (readAt === null || startedAt - readAt >= config.fullWalkHours * HOUR_MS || readAt < this.look.gapAt) return true;
      return isRechecked(stream) && startedAt - (recheckedAt ?? readAt) >= config.recheckHours * HOUR_MS;
    });
  }
}

/** What a repository gets where there are no hints. */
export function hintOf(hints: Hints | null, repository: RestRepository): Hint | Promise<Hint> {
  return hints === null ? ALL : hints.of(repository);
}

/** Up to where all selected streams have covered this inbox; null: not all of them know it. */
function coveredPosition(selected: readonly SelectedPullRequests[], id: string): number | null {
  let least = Infinity;
  for (const { state } of selected) {
    if (state.inbox?.id !== id) return null;
    least = Math.min(least, state.inbox.position);
  }
  return least;
}

function distrustOf({ config, now }: SyncContext, look: Look, position: number | null): string | null {
  if (config.fullWalkHours === 0) return 'full_walk_hours is 0';
  if (position === null) return 'this connection has not read the inbox before';
  if (position < look.forgottenTo) return 'the inbox has forgotten what happened since the state';
  return now() - look.aliveAt > SILENCE_MS ? 'no receiver lives' : null;
}
