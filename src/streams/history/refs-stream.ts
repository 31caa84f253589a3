import { isJson } from '../../config/json';
import { columnsOf } from '../columns';
import { type RefScan, type RepositoryApi, type RepositoryStream, type Row, tombstone } from '../stream';

/** What is known of the refs of a repository: each by its short name, with a few digits that tell whether it has moved. */
export interface RefsState {
  readonly refs: ReadonlyMap<string, string>;
  /** The greatest `changed_at` that was written, in epoch milliseconds; null: none. */
  readonly changedAt: number | null;
}

/** A ref as a list shows it. */
export interface ListedRef {
  readonly name: string;
  /** Differs once something about it has changed. */
  readonly digits: string;
  /** The row, less its repository, `changed_at` and `deleted_at`. */
  readonly row: Row;
}

/** What makes a stream of refs. */
export interface RefsDefinition {
  readonly name: string;
  /** `refs/heads/`: what stands before each short name in an id. */
  readonly prefix: string;
  readonly requestKinds: readonly string[];
  readonly readsBranches: boolean;
  /** All of them; throws BitbucketError. */
  list(api: RepositoryApi, refs: RefScan): Promise<readonly ListedRef[]>;
  /** Those of these names, missing from the list, that are proven gone; throws BitbucketError. */
  gone(api: RepositoryApi, refs: RefScan, names: readonly string[], isEmpty: boolean): Promise<ReadonlySet<string>>;
}

/** Rows that go with one state. */
const BATCH = 1000;
/** How many digits of an id tell one commit from another: 32 bits, of which a state may hold hundreds of thousands. */
const DIGITS = 8;

/** What of a commit's id is kept where it is only compared. */
export function digitsOf(id: string): string {
  return id.slice(0, DIGITS);
}

/** A stream of refs: each sync compares the whole list with what was known, and proves that what is missing is gone. */
export function refsStream(definition: RefsDefinition): RepositoryStream<RefsState> {
  const { name, prefix, requestKinds, readsBranches } = definition;
  const described = { name, primaryKey: ['repository_id', 'id'], cursor: 'changed_at', columns: columnsOf(name), requestKinds };
  return {
    ...{ kind: 'repository', ...described, readsBranches },
    state: { initial: () => ({ refs: new Map(), changedAt: null }), parse, print, whenGone },
    async *read(api, refs, state, run) {
      const listed = await definition.list(api, refs);
      const changedAt = Math.max(run.now(), state.changedAt ?? -Infinity);
      const [known, at] = [new Map(state.refs), new Date(changedAt).toISOString()];
      const keys = (ref: string) => ({ repository_id: api.repository.id, id: prefix + ref });
      let [rows, covered]: [Row[], RefsState] = [[], state];
      for (const ref of listed) {
        if (known.get(ref.name) === ref.digits) continue;
        known.set(ref.name, ref.digits);
        const { id, fullName } = api.repository;
        rows.push({
          repository_id: id,
          id: prefix + ref.name,
          repository_full_name: fullName,
          name: ref.name,
          ...ref.row,
          changed_at: at,
          deleted_at: null,
        });
        if (rows.length < BATCH) continue;
        covered = { refs: new Map(known), changedAt };
        yield { rows, covers: covered };
        rows = [];
      }
      const there = new Set(listed.map((ref) => ref.name));
      const missing = [...known.keys()].filter((ref) => !there.has(ref));
      for (const ref of missing.length === 0 ? [] : await definition.gone(api, refs, missing, listed.length === 0)) {
        known.delete(ref);
        rows.push(tombstone(described, keys(ref), Date.parse(at)));
      }
      yield { rows, covers: rows.length === 0 ? covered : { refs: known, changedAt } };
    },
  };
}

function print({ refs, changedAt }: RefsState) {
  return {
    refs: Object.fromEntries(refs),
    ...(changedAt !== null && { changed_at: new Date(changedAt).toISOString() }),
  };
}

function parse(raw: Readonly<Record<string, unknown>>): RefsState {
  const entries = Object.entries(isJson(raw.refs) ? raw.refs : {});
  const changedAt = typeof raw.changed_at === 'string' ? Date.parse(raw.changed_at) : NaN;
  return {
    refs: new Map(entries.flatMap(([name, digits]): [string, string][] => (typeof digits === 'string' ? [[name, digits]] : []))),
    changedAt: Number.isNaN(changedAt) ? null : changedAt,
  };
}

/** Should the repository come back, all refs are read again, and what is missing then is known to be. */
function whenGone({ refs, changedAt }: RefsState): RefsState | null {
  return refs.size === 0 ? null : { refs: new Map([...refs.keys()].map((name) => [name, ''])), changedAt };
}
