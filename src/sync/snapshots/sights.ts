import { type BitbucketError, isKind } from '../../bitbucket/errors';
import { isGoneByItsAddress, unlessFatal } from '../repository/gone';
import type { SeenBy } from './seen-by';

/** A list as one account sees it, and how that account asks for one member of it. */
export interface Sight<Source> {
  /** Tells the account from others. */
  readonly user: string;
  /** Entries that cannot be understood are given by their ids; null: they have none. */
  readonly list: (warn: (message: string) => void, onUnreadable: (id: number | null) => void) => AsyncIterable<readonly Source[]>;
  readonly ask: (address: string) => Promise<Source>;
  /** Where the list does not hold all there is: a list that does, for what is not at its address any more; null: the list does. */
  readonly everything: () => AsyncIterable<readonly Source[]> | null;
}

/** What one account says of something that it does not list. */
export type Said<Source> = Source | 'gone' | 'displaced' | 'unseen' | Error;

/** Who takes what the lists give: each thing once. */
export interface ListTakers<Source> {
  readonly place: (source: Source) => void;
  /** An entry that cannot be understood; null: it has no id. */
  readonly onUnreadable: (id: number | null) => void;
  readonly warn: (message: string) => void;
}

/**
 * Lists what each account sees; gives each thing once. What an account may not list, or was denied to on the way, the others may list.
 * @returns the accounts that listed to the end
 * @throws BitbucketError where none could
 */
export async function listAll<Source extends { readonly id: number }>(
  sights: readonly Sight<Source>[],
  seenBy: SeenBy,
  { place, onUnreadable, warn }: ListTakers<Source>,
): Promise<ReadonlySet<string>> {
  const able = new Set<string>();
  const warnings: string[] = [];
  let failure: BitbucketError | null = null;
  for (const { user, list } of sights) {
    try {
      const takeUnreadable = (id: number | null) => {
        if (id === null) return onUnreadable(null);
        if (!seenBy.has(id)) onUnreadable(id);
        seenBy.note(id, user);
      };
      for await (const page of list((message) => warnings.push(message), takeUnreadable)) {
        for (const source of page) {
          if (!seenBy.has(source.id)) place(source);
          seenBy.note(source.id, user);
        }
      }
      able.add(user);
    } catch (error) {
      if (sights.length === 1 || !isKind(error, 'forbidden', 'not_found', 'no_such_route', 'account_lost')) throw error;
      if (failure === null || failure.kind === 'account_lost') failure = error;
    }
  }
  if (able.size === 0 && failure !== null) throw failure;
  // What one account does not see is no news as long as another one does.
  for (const message of new Set(warnings)) if (warnings.filter((each) => each === message).length >= able.size) warn(message);
  return able;
}

/** Asks one account for something by its address. @param isAlone whether its word is the only one */
export async function askOne<Source extends { readonly id: number }>(
  { ask }: Sight<Source>,
  id: number,
  address: string,
  isAlone: boolean,
): Promise<Said<Source>> {
  try {
    const source = await ask(address);
    return source.id === id ? source : 'displaced'; // another thing lives at this address now
  } catch (caught) {
    if (!isAlone && isKind(caught, 'account_lost')) return 'unseen';
    const error = unlessFatal(caught);
    if (isGoneByItsAddress(error)) return 'gone';
    return !isAlone && isKind(error, 'forbidden') ? 'unseen' : error;
  }
}
