import { BitbucketError, isKind } from '../../bitbucket/errors';
import { isGoneByItsAddress, unlessFatal } from '../repository/gone';
import { TaskPool } from '../task-pool';

/** A complete list of the server's, and how to ask for one member of it. */
export interface Listing<Source extends { readonly id: number }> {
  /** What is listed, for messages: `projects`. */
  readonly what: string;
  /** The permission without which the list is shorter, for messages. */
  readonly permission: string;
  /** All of them; entries that cannot be understood are given by their ids. */
  readonly list: (onUnreadable: (id: number) => void) => AsyncIterable<readonly Source[]>;
  readonly ask: (address: string) => Promise<Source>;
  /** Whether a whole list shows it. */
  readonly shows: (source: Source) => boolean;
  /** Where the list does not hold all there is: a list that does, for what is not at its address any more; null: the list does. */
  readonly everything: () => AsyncIterable<readonly Source[]> | null;
  /** Whether the filters want it. */
  readonly selects: (source: Source) => boolean;
  /** The same, from what was remembered of it. */
  readonly selectsKnown: (id: number, address: string) => boolean;
}

/** The list of now against what was known. */
export interface Inventory<Source> {
  /** Selected by the filters. */
  readonly present: readonly Source[];
  /** Known, and still there, but no longer selected: moved away, archived, or the filters were narrowed. */
  readonly left: readonly Source[];
  /** Known, and proven gone or invisible by their own 404. */
  readonly gone: readonly number[];
  /** Known, but not wanted any more by the filters. */
  readonly unwanted: readonly number[];
  /** Known, not listed, and not to be asked for: whether it exists is not known. */
  readonly unclear: readonly { readonly id: number; readonly address: string; readonly error: Error }[];
}

/**
 * Lists everything and asks for each known one that is missing, for a list may leave out what exists. Nothing is gone without its own
 * 404; and an empty list is not believed when a known member answers.
 * @param known address by id
 * @throws BitbucketError when the list cannot be read or believed
 */
export async function takeInventory<Source extends { readonly id: number }>(
  listing: Listing<Source>,
  known: ReadonlyMap<number, string>,
  width: number,
  warn: (message: string) => void,
): Promise<Inventory<Source>> {
  const present: Source[] = [];
  const left: Source[] = [];
  const gone: number[] = [];
  const unclear: { id: number; address: string; error: Error }[] = [];
  const displaced = new Set<number>();
  const listed = new Set<number>();
  const place = (source: Source) => {
    if (listing.selects(source)) present.push(source);
    else if (known.has(source.id)) left.push(source);
  };
  const onUnreadable = (id: number) => {
    if (listed.has(id)) return;
    listed.add(id);
    const address = known.get(id);
    if (address !== undefined && !listing.selectsKnown(id, address)) return;
    const error = new BitbucketError(
      'unexpected_answer',
      `The list of ${listing.what} has an entry for it that is not of the kind that was asked for`,
    );
    unclear.push({ id, address: address ?? `id ${id}`, error });
  };
  for await (const page of listing.list(onUnreadable)) {
    for (const source of page) {
      if (listed.has(source.id)) continue;
      listed.add(source.id);
      place(source);
    }
  }
  const missing = [...known].filter(([id]) => !listed.has(id));
  const wanted = missing.filter(([id, address]) => listing.selectsKnown(id, address));
  const pool = new TaskPool(width, width);
  for (const [id, address] of wanted) {
    await pool.add(async () => {
      const answer = await askFor(listing, id, address);
      if (answer === 'gone') gone.push(id);
      else if (answer === 'displaced') displaced.add(id);
      else if (answer instanceof Error) unclear.push({ id, address, error: answer });
      else if (listed.size === 0 && listing.selects(answer) && listing.shows(answer))
        throw new BitbucketError('unexpected_answer', `The list of ${listing.what} is empty, although ${address} exists`);
      else place(answer);
    });
  }
  await pool.drain();
  // What lives on under another address is not gone, whatever the old one answers.
  const missed = new Set([...displaced, ...gone.splice(0)]);
  for (const source of await find(listing, missed)) place(source);
  gone.push(...missed);
  if (gone.length * 2 > known.size) {
    warn(
      `${gone.length} of ${known.size} ${listing.what} have vanished at once. If they were not deleted, the account has lost the permission to see them (${listing.permission}).`,
    );
  }
  const unwanted = missing.filter((entry) => !wanted.includes(entry)).map(([id]) => id);
  return { present, left, gone, unwanted, unclear };
}

/** What of `ids` lives elsewhere; takes it out of them. */
async function find<Source extends { readonly id: number }>(
  { everything }: Listing<Source>,
  ids: Set<number>,
): Promise<Source[]> {
  const found: Source[] = [];
  const list = ids.size === 0 ? null : everything();
  if (list === null) return found;
  try {
    for await (const page of list) found.push(...page.filter(({ id }) => ids.delete(id)));
  } catch (error) {
    // An account that may not list them all has nothing but what each one's own address says.
    if (!isKind(error, 'forbidden', 'not_found', 'no_such_route')) throw error;
  }
  return found;
}

async function askFor<Source extends { readonly id: number }>(
  listing: Listing<Source>,
  id: number,
  address: string,
): Promise<Source | 'gone' | 'displaced' | Error> {
  try {
    const source = await listing.ask(address);
    return source.id === id ? source : 'displaced'; // another thing lives at this address now
  } catch (caught) {
    const error = unlessFatal(caught);
    return isGoneByItsAddress(error) ? 'gone' : error;
  }
}
