import { BitbucketError } from '../../bitbucket/errors';
import { SetFingerprint } from '../../streams/fingerprint';
import type { ChildRows, ItemReference, ItemStream, RepositoryApi, Row } from '../../streams/stream';
import { tombstone } from '../../streams/stream';
import { type Child, parseChildren, printChildren } from './child-list';
import { type ItemMemory, UNKNOWN } from './item-memory';

/** Takes one row; a promise where the reader of stdout is behind. */
export type EmitRow = (row: Row) => Promise<void> | undefined;

/** One item to be read for one stream. */
export interface ItemOrder<Reference extends ItemReference> {
  readonly stream: ItemStream<never, Reference>;
  readonly item: Reference;
  /** Of what the lister showed; null: it came by another way, and is read again when the lister shows it. */
  readonly fingerprint: string | null;
  /** Of what of that must be read at once; null: all of it. */
  readonly urgent: string | null;
  /** What was known of it. */
  readonly known: ItemMemory | undefined;
  /** Whether it will be remembered: what was not known and will be forgotten needs no fingerprint of its content. */
  readonly isRemembered: boolean;
  /** Called before rows go out one page after the other: what must be known of the item should the rest never be read. */
  readonly onPart: (known: ItemMemory) => void;
  readonly now: () => number;
}

/**
 * Reads one item's rows and emits them: nothing where they are compared and are as they were when last read, else all of them, and a
 * tombstone for each that is gone.
 * @returns what is known of it now
 */
export async function readRows<Reference extends ItemReference>(
  order: ItemOrder<Reference>,
  api: RepositoryApi,
  emit: EmitRow,
): Promise<ItemMemory> {
  const { stream, item, known } = order;
  if (stream.source.from === 'entry') throw new TypeError(`${stream.name}: its rows come from entries`);
  const pages = stream.source.rows(item, api);
  const isForgotten = !order.isRemembered && known === undefined;
  if (isForgotten || (stream.recheck === undefined && stream.children === undefined)) {
    for await (const page of pages) await emitAll(page, emit);
    return { ...UNKNOWN, fingerprint: order.fingerprint, urgent: order.urgent };
  }
  const reading = new RowsOfItem(order, emit);
  for await (const page of pages) await reading.take(page);
  return reading.end(api.repository.id);
}

/** The rows of an item as they come: held back while they may be as they were. */
class RowsOfItem<Reference extends ItemReference> {
  private readonly content: SetFingerprint | null;
  private readonly children: ChildRows | undefined;
  private readonly here: Child[] = [];
  private readonly before: readonly Child[];
  private readonly held: (readonly Row[])[] = [];
  /** What must be known if no more of it is read. Most items come with one page, and no state is printed meanwhile. */
  private readonly part: ItemMemory;

  constructor(
    private readonly order: ItemOrder<Reference>,
    private readonly emit: EmitRow,
  ) {
    const { stream, known } = order;
    this.content = stream.recheck === undefined ? null : new SetFingerprint();
    this.children = stream.children;
    this.before = parseChildren(known?.children ?? '').filter(({ id }) => this.children?.isId(id) === true);
    const rowsSoFar = () => printChildren([...this.gone(), ...this.here]);
    this.part = {
      ...UNKNOWN,
      get children() {
        return rowsSoFar();
      },
    };
  }

  async take(page: readonly Row[]): Promise<void> {
    const { stream, known, onPart } = this.order;
    for (const row of page) {
      this.content?.add(stream.recheck?.(row));
      if (this.children !== undefined) this.here.push({ id: this.children.id(row), date: dateOf(row[stream.cursor]) });
    }
    if (known !== undefined && known.content !== null) return void this.held.push(page);
    if (this.children !== undefined) onPart(this.part);
    await emitAll(page, this.emit);
  }

  async end(repositoryId: number): Promise<ItemMemory> {
    const { stream, item, known, fingerprint, urgent, now } = this.order;
    if (this.here.length === 0 && this.before.length > 0 && this.children?.mayBeNone === false)
      throw new BitbucketError(
        'unexpected_answer',
        `${stream.name} of ${item.id} were answered with an empty list where there were rows`,
      );
    const content = this.content?.toString() ?? null;
    if (content === null || known?.content !== content) {
      for (const page of this.held) await emitAll(page, this.emit);
      const key = (id: string) => this.children?.key(repositoryId, item.id, id) ?? {};
      await emitAll(
        this.gone().map(({ id, date }) => tombstone(stream, key(id), now(), date)),
        this.emit,
      );
    }
    return { fingerprint, urgent, content, date: null, children: this.children === undefined ? null : printChildren(this.here) };
  }

  /** Those that there were, and that have not come so far. */
  private gone(): Child[] {
    const here = new Set(this.here.map(({ id }) => id));
    return this.before.filter(({ id }) => !here.has(id));
  }
}

async function emitAll(rows: readonly Row[], emit: EmitRow): Promise<void> {
  for (const row of rows) {
    const behind = emit(row);
    if (behind !== undefined) await behind;
  }
}

function dateOf(cursor: unknown): number | null {
  const date = typeof cursor === 'string' ? Date.parse(cursor) : NaN;
  return Number.isNaN(date) ? null : date;
}
