import type { BitbucketError } from '../../bitbucket/errors';
import type { ItemReference, RepositoryApi } from '../../streams/stream';

import { isOurFault } from '../failures';
import { isProvenGone, unlessFatal } from '../repository/gone';
import { type ItemMemory, UNKNOWN } from './item-memory';
import { type EmitRow, type ItemOrder, readRows } from './item-rows';

/** What came of reading an item. */
export type Outcome =
  /** Its rows are written, or are as they were. */
  | { readonly kind: 'read'; readonly memory: ItemMemory }
  /** What its rows are made of is lost on the server: what is known of them stays, and it is read again when it changes. */
  | { readonly kind: 'lost'; readonly memory: ItemMemory; readonly error: BitbucketError }
  /** It does not exist any more, by its own 404. */
  | { readonly kind: 'gone' }
  /** It could not be read, by the server's word or by a fault of ours. */
  | { readonly kind: 'pending'; readonly error: Error };

/**
 * Reads an item for one stream.
 * @param isItemGone whether an error says that the item is gone, and the item says so itself
 * @throws BitbucketError where no request can succeed any more, or where the repository is gone
 */
export async function readItem<Reference extends ItemReference>(
  order: ItemOrder<Reference>,
  api: RepositoryApi,
  emit: EmitRow,
  isItemGone: (error: BitbucketError) => Promise<boolean>,
): Promise<Outcome> {
  try {
    return { kind: 'read', memory: await readRows(order, api, emit) };
  } catch (caught) {
    if (isOurFault(caught)) return { kind: 'pending', error: caught };
    const error = unlessFatal(caught);
    const { stream, fingerprint, urgent, known = UNKNOWN } = order;
    if (stream.isLost?.(error) === true) return { kind: 'lost', error, memory: { ...known, fingerprint, urgent } };
    return outcomeOf(error, api, isItemGone);
  }
}

/** What an error says of an item. @throws the error, where the repository is gone */
export async function outcomeOf(
  error: BitbucketError,
  api: RepositoryApi,
  isItemGone: (error: BitbucketError) => Promise<boolean>,
): Promise<Outcome> {
  if (await isProvenGone(api, error)) throw error;
  return (await isItemGone(error)) ? { kind: 'gone' } : { kind: 'pending', error };
}
