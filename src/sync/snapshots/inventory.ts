import { BitbucketError, isKind } from '../../bitbucket/errors';
import { TaskPool } from '../task-pool';
import { SeenBy } from './seen-by';
import { askOne, listAll, type Sight } from './sights';

/** A complete list of the server's, and how to ask for one member of it. */
export interface Listing<Source extends { readonly id: number }> {
  /** What is listed, for messages: `projects`. */
  readonly what: string;
  /** The permission without which the list is shorter, for messages. */
  readonly permission: string;
  /** As the accounts see it that are used, one at least. */
  readonly sights: readonly Sight<Source>[];
  /** Whether a whole list shows it. */
  readonly shows: (source: Source) => boolean;
  /** Whether the filters want it. */
  readonly selects: (source: Source) => boolean;
  /** The same, from what was remembered of it. */
  readonly selectsKnown: (id: number, address: string) => boolean;
  /** Whether what nobody sees is gone, by the word of those accounts that could have seen it. */
  readonly isGone: (id: number, agreed: ReadonlySet<string>) => boolean;
}

/** Something of which nobody knows whether, or as what, it exists. */
export interface Unclear {
  readonly id: number;
  /** Null: it was never read. */
  readonly address: string | null;
  readonly error: Error;
}

/** How it is called in messages. */
export function nameOf({ id, address }: Pick<Unclear, 'id' | 'address'>): string {
  return address ?? `id ${id}`;
}

/** The list of now against what was known. */
export interface Inventory<Source> {
  /** Selected by the filters. Whoever reads them one by one takes them out: there may be thousands, and they are large. */
  readonly present: Source[];
  /** Known, and still there, but no longer selected: moved away, archived, or the filters were narrowed. */
  readonly left: readonly Source[];
  /** Known, and proven gone or invisible by their own 404. */
  readonly gone: readonly number[];
  /** Known, but not wanted any more by the filters. */
  readonly unwanted: readonly number[];
  /** Known, not listed, and not to be asked for: whether it exists is not known. */
  readonly unclear: readonly Unclear[];
  /** The list has an entry without an id: there is something that is not read. */
  readonly nameless: Error | null;
  /** Known, and not to be seen by those accounts that work; but others saw it, which do not work at present: it stays as it was. */
  readonly withheld: readonly number[];
  /** Which accounts see what is there. */
  readonly seenBy: SeenBy;
  /** Those that could look: they listed to the end. */
  readonly able: ReadonlySet<string>;
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
  const unclear: Unclear[] = [];
  let nameless: Error | null = null;
  /** Not at its address any more, by the accounts that could have seen it there. */
  const missed = new Map<number, ReadonlySet<string>>();
  const withheld: number[] = [];
  const seenBy = new SeenBy();
  const place = (source: Source) => {
    if (listing.selects(source)) present.push(source);
    else if (known.has(source.id)) left.push(source);
  };
  const onUnreadable = (id: number | null) => {
    if (id === null) {
      nameless ??= new BitbucketError('unexpected_answer', `The list of ${listing.what} has an entry without an id`);
      return;
    }
    const address = known.get(id) ?? null;
    if (address !== null && !listing.selectsKnown(id, address)) return;
    const error = new BitbucketError(
      'unexpected_answer',
      `The list of ${listing.what} has an entry for it that is not of the kind that was asked for`,
    );
    unclear.push({ id, address, error });
  };
  const able = await listAll(listing.sights, seenBy, { place, onUnreadable, warn });
  const isEmpty = seenBy.size === 0;
  const missing = [...known].filter(([id]) => !seenBy.has(id));
  const wanted = missing.filter(([id, address]) => listing.selectsKnown(id, address));
  const pool = new TaskPool(width, width);
  for (const [id, address] of wanted) {
    await pool.add(async () => {
      const { answer, agreed } = await askFor(listing, id, address, able, seenBy);
      if (answer === 'gone' || answer === 'displaced') missed.set(id, agreed);
      else if (answer instanceof Error) unclear.push({ id, address, error: answer });
      else if (isEmpty && listing.selects(answer) && listing.shows(answer))
        throw new BitbucketError('unexpected_answer', `The list of ${listing.what} is empty, although ${address} exists`);
      else place(answer);
    });
  }
  await pool.drain();
  // What lives on under another address is not gone, whatever the old one answers.
  for (const source of await find(listing, missed, seenBy)) place(source);
  for (const [id, agreed] of missed) (listing.isGone(id, agreed) ? gone : withheld).push(id);
  if (gone.length * 2 > known.size) {
    warn(
      `${gone.length} of ${known.size} ${listing.what} have vanished at once. If they were not deleted, the account has lost the permission to see them (${listing.permission}).`,
    );
  }
  if (withheld.length > 0)
    warn(
      `${listing.what}: ${withheld.length} (${known.get(withheld[0] ?? 0) ?? ''}${withheld.length > 1 ? ' and others' : ''}) are seen only by accounts that cannot be used at present. They stay as they were until these work again, or are taken out of the configuration.`,
    );
  const unwanted = missing.filter((entry) => !wanted.includes(entry)).map(([id]) => id);
  return { present, left, gone, unwanted, unclear, nameless, withheld, seenBy, able };
}

/** What of `ids` lives elsewhere; takes it out of them. */
async function find<Source extends { readonly id: number }>(
  { sights }: Listing<Source>,
  ids: Map<number, unknown>,
  seenBy: SeenBy,
): Promise<Source[]> {
  const found: Source[] = [];
  for (const { user, everything } of sights) {
    const list = ids.size === 0 ? null : everything();
    if (list === null) continue;
    try {
      for await (const page of list) {
        const moved = page.filter(({ id }) => ids.delete(id));
        for (const { id } of moved) seenBy.note(id, user);
        found.push(...moved);
      }
    } catch (error) {
      // An account that may not list them all has nothing but what each one's own address says.
      if (!isKind(error, 'forbidden', 'not_found', 'no_such_route')) throw error;
    }
  }
  return found;
}

/** Asks one account after the other, until one sees it; tells who could have seen it, and does not. */
async function askFor<Source extends { readonly id: number }>(
  { sights }: Listing<Source>,
  id: number,
  address: string,
  able: ReadonlySet<string>,
  seenBy: SeenBy,
): Promise<{ answer: Source | 'gone' | 'displaced' | Error; agreed: ReadonlySet<string> }> {
  const agreed = new Set<string>();
  let isDisplaced = false;
  let failure: Error | null = null;
  for (const sight of sights) {
    const said = await askOne(sight, id, address, sights.length === 1);
    if (said instanceof Error) failure ??= said;
    else if (said === 'displaced' || said === 'gone') {
      isDisplaced ||= said === 'displaced';
      if (able.has(sight.user)) agreed.add(sight.user);
    } else if (said !== 'unseen') {
      seenBy.note(id, sight.user);
      return { answer: said, agreed };
    }
  }
  return { answer: failure ?? (isDisplaced ? 'displaced' : 'gone'), agreed };
}
