import { BitbucketError } from '../bitbucket/errors';
import { SetFingerprint } from '../streams/fingerprint';
import type { PullRequestReader, PullRequestReference, PullRequestStream, RepositoryReference, Row } from '../streams/stream';
import { tombstone } from '../streams/stream';
import { parseIds, printIds } from './id-list';

/** Takes one row; a promise where the reader of stdout is behind. */
export type EmitRow = (row: Row) => Promise<void> | undefined;

/** One pull request to be read for one stream. */
export interface ReadOrder {
  readonly stream: PullRequestStream;
  readonly pullRequest: PullRequestReference;
  readonly repository: RepositoryReference;
  /** Fingerprint of the list entry; a dash where it came by another way, so that the next walk looks again. */
  readonly fingerprint: string;
  /** What was known of it. */
  readonly known: string | undefined;
  /** Whether it will be remembered: what was not known and will be forgotten needs no fingerprint of its content. */
  readonly remembered: boolean;
  /** Called before rows go out one page after the other: what must be known of the pull request should the rest never be read. */
  readonly onPart: (known: string) => void;
  readonly now: () => number;
}

/**
 * Reads one pull request's rows and emits them: nothing where they are as they were when last read, else all of them, and a tombstone
 * for each that is gone.
 * @returns what is known of it now
 */
export async function readPullRequest(order: ReadOrder, reader: PullRequestReader, emit: EmitRow): Promise<string> {
  const { stream, pullRequest, repository } = order;
  const rows = stream.read(pullRequest, repository, reader);
  if (stream.rechecked === null || (!order.remembered && order.known === undefined)) {
    for await (const page of rows) await emitAll(page, emit);
    return order.fingerprint;
  }
  const [, previousContent, previousIds] = order.known?.split(' ') ?? [];
  const held: (readonly Row[])[] = [];
  const content = new SetFingerprint();
  const ids: number[] = [];
  for await (const page of rows) {
    for (const row of page) {
      content.add(stream.rechecked.content(row));
      ids.push(Number(row.id));
    }
    if (previousContent !== undefined) held.push(page);
    else {
      order.onPart(`- - ${printIds(ids)}`);
      await emitAll(page, emit);
    }
  }
  if (ids.length === 0 && (previousIds ?? '') !== '') {
    throw new BitbucketError(
      'unexpected_answer',
      `Pull request ${pullRequest.id} of ${repository.fullName} was answered with an empty list where there were rows`,
    );
  }
  if (previousContent !== undefined && previousContent !== content.toString()) {
    for (const page of held) await emitAll(page, emit);
    const gone = new Set(parseIds(previousIds ?? ''));
    for (const id of ids) gone.delete(id);
    const discoveredAt = new Date(order.now()).toISOString();
    await emitAll(
      [...gone].map((id) => tombstone(stream, { repository_id: repository.id, id }, discoveredAt)),
      emit,
    );
  }
  return `${order.fingerprint} ${content.toString()} ${printIds(ids)}`;
}

async function emitAll(rows: readonly Row[], emit: EmitRow): Promise<void> {
  for (const row of rows) {
    const behind = emit(row);
    if (behind !== undefined) await behind;
  }
}
