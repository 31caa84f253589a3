import { randomUUID } from 'node:crypto';
import type { RestRepository } from '../bitbucket/api/payloads';
import { redactor } from '../bitbucket/transport/redact';
import { passwordsInUrl } from '../config/config';
import { type Epoch, type Inbox, type InboxContents } from '../webhooks/inbox/inbox';
import { counted } from '../text/counted';
import { fullNameOf } from '../streams/repositories';
import type { HookProofs } from '../webhooks/hooks/proof';
import { ProofReport } from '../webhooks/hooks/proof-report';
import { NO_URL, type Verdict } from '../webhooks/hooks/verdict';
import type { SyncContext } from './context';
import { lowestGap } from './items/coverage';
import type { PullRequestsState } from './items/item-state';
import { isRechecked, mayHaveWritten } from './items/tracker';
import { isOfAnotherServer, isTroubled } from './repository/life-cycle';
import type { InboxPosition, RepositoryMemory } from './repository/repository-states';
import type { SelectedPullRequests, SelectedRepositoryStream } from './selected';

const HOUR_MS = 3600 * 1000;
/** The server is asked for each webhook, and for what went wrong with it, at least so many times between two full listing passes. */
const ASKED_PER_PASS = 6;
/**
 * And in each sync for so many, in rotation: all, where projects have webhooks; where each repository has its own, asking for all in each
 * sync would cost as much as listing.
 */
const ASKED_PER_SYNC = 50;

/** What the inbox says of one repository. */
export interface Hint {
  /** Whether its list must be read; else only what is marked is. */
  readonly walk: boolean;
  /** Pull requests that something happened to. */
  readonly marked: readonly number[];
}

/** Everything is listed, and nothing is marked. */
const ALL: Hint = { walk: true, marked: [] };

/**
 * What webhooks have said since the states that this sync starts from, and which repositories need not be listed because of them. The
 * position that was read up to goes into the states only when all that was marked is written or pending.
 */
export class Hints {
  private readonly marked = new Map<number, number[]>();
  private readonly whole = new Set<number>();
  private readonly refs: ReadonlySet<number>;
  /** Up to where a listing pass that begins now has seen everything. */
  private readonly passes = new Map<number, number>();
  private readonly verdicts = new Map<number, Verdict>();
  private readonly report = new ProofReport();

  private constructor(
    private readonly context: SyncContext,
    private readonly selected: readonly SelectedPullRequests[],
    /** Streams of refs and commits. */
    private readonly scanned: readonly SelectedRepositoryStream[],
    private readonly inbox: Inbox,
    private readonly contents: InboxContents,
    /** By this name the inbox knows this connection. */
    private readonly reader: string,
    private readonly proofs: HookProofs,
    /** Why every repository must be listed; null: webhooks can be relied on. */
    private readonly distrust: string | null,
  ) {
    this.refs = new Set(contents.refs);
    for (const { repositoryId, pullRequestId } of contents.hints) {
      if (pullRequestId === null) this.whole.add(repositoryId);
      else this.marked.set(repositoryId, [...(this.marked.get(repositoryId) ?? []), pullRequestId]);
    }
  }

  /** Opens the inbox, if one is configured and works (only then its code is loaded), and acknowledges what the states cover. */
  static async open(
    context: SyncContext,
    selected: readonly SelectedPullRequests[],
    scanned: readonly SelectedRepositoryStream[],
  ): Promise<Hints | null> {
    const { config, emitter, bitbucket, now } = context;
    const all = [...selected, ...scanned];
    if (config.webhookInbox === null || all.length === 0) return null;
    try {
      const [{ openInbox }, { HookProofs }] = await Promise.all([
        import('../webhooks/inbox/open-inbox.js'),
        import('../webhooks/hooks/proof.js'),
      ]);
      const inbox = await openInbox(config.webhookInbox, { now });
      const first = await inbox.read(Number.MAX_SAFE_INTEGER, '');
      const position = coveredPosition(all, first);
      const reader = all.map(({ state }) => state.inbox?.reader).find((known) => known != null) ?? randomUUID();
      // One that comes for the first time removes nothing; from now on, what it has not read is kept for it.
      await inbox.acknowledge(reader, position ?? first.forgottenTo);
      const contents = await inbox.read(position ?? 0, reader);
      const distrust = distrustOf(context, contents, position);
      // What was counted in another sequence says nothing in this one.
      if (position === null) {
        selected.forEach(forgetPasses);
        scanned.forEach(forgetScans);
      }
      const window = config.fullWalkHours * HOUR_MS;
      const urls = [...(config.webhookUrl === null ? [] : [config.webhookUrl]), ...contents.urls];
      const proofs = new HookProofs(bitbucket, inbox, contents, {
        reader,
        urls,
        window,
        askAgain: window / ASKED_PER_PASS,
        atLeast: ASKED_PER_SYNC,
      });
      emitter.log(
        'INFO',
        `Webhooks have marked ${marksOf(contents.hints)}${distrust === null ? '' : `; all repositories are listed: ${distrust}`}`,
      );
      return new Hints(context, selected, scanned, inbox, contents, reader, proofs, distrust);
    } catch (error) {
      emitter.log(
        'WARN',
        `The webhook inbox cannot be read, and all repositories are listed: ${redactor(passwordsInUrl(config.webhookInbox))(error instanceof Error ? error.message : String(error))}`,
      );
      return null;
    }
  }

  /** What is to be done in a repository. */
  async of(repository: RestRepository): Promise<Hint> {
    const { id } = repository;
    const marked = this.marked.get(id) ?? [];
    const all: Hint = { walk: true, marked };
    const { position, gap } = this.contents;
    this.passes.set(id, position);
    const states = this.selected.map(({ state }) => state.repositories.get(id));
    if (!states.every((state) => state !== undefined && this.isWhole(state, repository))) return all;
    if (this.distrust !== null) return all;
    // Asked also where a listing pass is due: whatever is found missing later was then missed after that pass began.
    const verdict = await this.proofs.of(repository);
    this.report.add(fullNameOf(repository), verdict);
    this.passes.set(id, Math.max(position, verdict.missed));
    this.verdicts.set(id, verdict);
    const listedTo = Math.min(...states.map((memory) => memory?.body.listedTo ?? -1));
    const missed = listedTo < Math.max(verdict.missed, gap?.position ?? 0);
    const walk = !verdict.proven || missed || this.whole.has(id) || this.isDue(id);
    return { walk, marked };
  }

  /** Up to where a reading of a repository that begins now, after {@link of}, has seen everything; null: nobody knows. */
  seenTo(repositoryId: number): number | null {
    return this.passes.get(repositoryId) ?? null;
  }

  /** Whether a stream of refs must read a repository; asked after {@link of}: what no webhook of ours is proven to tell is read. */
  mustScan(repository: RestRepository, { state }: SelectedRepositoryStream): boolean {
    const { id } = repository;
    const { config, startedAt } = this.context;
    const [verdict, memory] = [this.verdicts.get(id), state.repositories.get(id)];
    if (verdict?.proven !== true || this.refs.has(id) || memory === undefined) return true;
    const { scannedAt, scannedTo, name } = memory;
    if (name === '' || isTroubled(memory) || isOfAnotherServer(memory, repository)) return true;
    if (scannedAt === null || scannedTo === null || scannedTo < Math.max(verdict.missed, this.contents.gap?.position ?? 0))
      return true;
    const hours = Math.min(config.fullWalkHours, config.recheckHours);
    return scannedAt > startedAt || startedAt - scannedAt >= hours * HOUR_MS;
  }

  /** A listing pass of a repository has come to its end, for those streams whose state says so. */
  listed(repositoryId: number): void {
    for (const { state } of this.selected) {
      const { body } = state.of(repositoryId);
      if (body.readAt !== this.context.startedAt) continue;
      body.listedTo = this.passes.get(repositoryId) ?? null;
      state.changed(repositoryId);
    }
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

  /** All that was marked is written, or pending: states say so from now on. */
  done(): void {
    const { position, epochs } = this.contents;
    const id = epochs.at(-1)?.id;
    for (const { stream, state } of [...this.selected, ...this.scanned]) {
      if (id !== undefined) state.inbox = { id, position, reader: this.reader };
      void this.context.checkpoints.changed(stream.name, 0);
    }
    for (const line of this.report.lines()) this.context.emitter.log('INFO', line);
    if (this.report.has(NO_URL))
      this.context.emitter.log(
        'WARN',
        'Nobody has said where the webhooks of this connection send to, so they prove nothing, and all repositories are listed: write webhook_url, such as "webhook_url": "https://hooks.example.com/webhooks/bitbucket_data_center", or run `webhooks ensure`.',
      );
  }

  async close(): Promise<void> {
    await this.proofs.finish();
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

  /** Time for a listing pass: the full one, or the recheck. One that is dated ahead of our clock says nothing. */
  private isDue(id: number): boolean {
    const { config, startedAt } = this.context;
    return this.selected.some(({ stream, state }) => {
      const { readAt, recheckedAt } = state.of(id).body;
      if (readAt === null || readAt > startedAt || startedAt - readAt >= config.fullWalkHours * HOUR_MS) return true;
      return isRechecked(stream) && startedAt - (recheckedAt ?? readAt) >= config.recheckHours * HOUR_MS;
    });
  }
}

/** What a repository gets where there are no hints. */
export function hintOf(hints: Hints | null, repository: RestRepository): Hint | Promise<Hint> {
  return hints === null ? ALL : hints.of(repository);
}

/** Up to where all selected streams have covered this inbox; null: one of them has not, or what it has read is not what is here. */
function coveredPosition(
  selected: readonly { readonly state: { readonly inbox: InboxPosition | null } }[],
  contents: InboxContents,
): number | null {
  let least = Infinity;
  for (const { state } of selected) {
    if (state.inbox === null || !isIn(contents, state.inbox)) return null;
    least = Math.min(least, state.inbox.position);
  }
  return least;
}

/** Whether a position lies in its epoch as this inbox has it: not beyond what was counted, nor where another epoch counts anew. */
function isIn({ epochs, position }: InboxContents, standing: { readonly id: string; readonly position: number }): boolean {
  const index = epochs.findIndex(({ id }) => id === standing.id);
  const next: Epoch | undefined = epochs[index + 1];
  return index !== -1 && standing.position <= position && (next === undefined || standing.position < next.began);
}

/** Why every repository must be listed; null: webhooks can be relied on. */
function distrustOf({ config }: SyncContext, contents: InboxContents, position: number | null): string | null {
  if (config.fullWalkHours === 0) return 'full_walk_hours is 0';
  if (position === null) return 'this connection has not read the inbox before, or the inbox has gone back behind the state';
  if (position < contents.forgottenTo) return 'the inbox has forgotten what happened since the state';
  return contents.paths.length === 0 ? 'no receiver lives' : null;
}

function forgetPasses({ state }: SelectedPullRequests): void {
  for (const [id, { body }] of state.repositories) {
    body.listedTo = null;
    state.changed(id);
  }
}

function forgetScans({ state }: SelectedRepositoryStream): void {
  for (const [id, memory] of state.repositories) {
    memory.scannedTo = null;
    state.changed(id);
  }
}

/** What webhooks have marked, in words: `1 pull request and 2 repositories`. */
export function marksOf(hints: InboxContents['hints']): string {
  const pullRequests = hints.filter(({ pullRequestId }) => pullRequestId !== null).length;
  const repositories = hints.length - pullRequests;
  if (repositories === 0) return pullRequests === 0 ? 'nothing' : counted(pullRequests, 'pull request');
  const lists = counted(repositories, 'repository', 'repositories');
  return pullRequests === 0 ? lists : `${counted(pullRequests, 'pull request')} and ${lists}`;
}
