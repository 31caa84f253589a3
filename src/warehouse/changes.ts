import type { Target } from './catalog';
import type { Database } from './database';
import { count } from './tally';

/** Things whose changes are named one by one, and how many of them are remembered. */
const SHOWN = 5;
const REMEMBERED = 1000;
/** Rows of one batch up to which one looks at what they change. */
const LOOKED_AT = 500;

/** What an activity says that somebody did. */
const ACTIONS: Readonly<Record<string, string>> = {
  OPENED: 'opened',
  APPROVED: 'approved',
  UNAPPROVED: 'no longer approved',
  REVIEWED: 'needs work',
  COMMENTED: 'commented',
  MERGED: 'merged',
  DECLINED: 'declined',
  REOPENED: 'reopened',
  RESCOPED: 'has new commits',
  UPDATED: 'edited',
  REVIEWERS: 'has other reviewers',
};

/** Of a pull request of which no more is known; left out where more is. */
const CHANGED = 'changed';

type Row = Readonly<Record<string, unknown>>;

interface Change {
  readonly what: string;
  readonly happened: string;
}

/** How the rows of a stream, staged as `temp.batch`, are compared with those in its table; and what a difference means. */
interface Reader {
  /** Columns of both sides: `b` is the staged row, `t` the one in the table. */
  readonly columns: string;
  readonly rows: (row: Row) => Change | null;
  readonly tombstones?: (row: Row) => Change;
}

const READERS: Readonly<Record<string, Reader>> = {
  projects: {
    columns: 'b.key AS name, t.key AS before, t.id IS NULL AS is_new, t.deleted_at IS NOT NULL AS was_gone',
    rows: (row) => ofNamed(row, 'project '),
    tombstones: ({ before, name }) => ({ what: `project ${text(before ?? name)}`, happened: 'is gone' }),
  },
  repositories: {
    columns: `b.full_name AS name, t.full_name AS before, t.id IS NULL AS is_new, t.deleted_at IS NOT NULL AS was_gone, b.id AS id,
      (SELECT count(*) FROM pull_requests AS p WHERE p.repository_id = b.id AND p.deleted_at IS NULL)::INTEGER AS held`,
    rows: (row) => ofNamed(row, ''),
    tombstones: ({ before, id, held }) => ({
      what: text(before ?? `repository ${text(id)}`),
      happened: held === 0 ? 'is gone' : `is gone (${text(held)} pull ${held === 1 ? 'request' : 'requests'})`,
    }),
  },
  users: {
    columns: `b.name AS name, t.name AS before, t.id IS NULL AS is_new, t.deleted_at IS NOT NULL AS was_gone`,
    rows: (row) => ofNamed(row, 'user '),
    tombstones: ({ before, name }) => ({ what: `user ${text(before ?? name)}`, happened: 'is gone' }),
  },
  pull_requests: {
    columns: `coalesce(b.repository_full_name, t.repository_full_name) || ' #' || b.id AS name, t.id IS NULL AS is_new, b.state AS state, t.state AS before,
      b.title IS DISTINCT FROM t.title OR b.description IS DISTINCT FROM t.description AS is_edited, b.source_commit IS DISTINCT FROM t.source_commit AS is_pushed`,
    rows: ofPullRequest,
    tombstones: ({ name }) => ({ what: text(name), happened: 'is gone' }),
  },
  pull_request_activities: {
    columns: `b.repository_full_name || ' #' || b.pull_request_id AS name, t.id IS NULL AS is_new,
      CASE WHEN b.added_reviewers IS NOT NULL OR b.removed_reviewers IS NOT NULL THEN 'REVIEWERS' ELSE b.action END AS action`,
    rows: ({ name, is_new: isNew, action }) =>
      isNew === true ? { what: text(name), happened: ACTIONS[text(action)] ?? text(action).toLowerCase() } : null,
  },
};

/** Names what a sync changed, for a person who wants to know in one line. */
export class Changes {
  private readonly things = new Map<string, Set<string>>();

  constructor(private readonly database: Database) {}

  /** Looks at a staged batch before it is written. */
  async note(target: Target, rows: number, areTombstones: boolean): Promise<void> {
    const reader = READERS[target.table];
    if (reader === undefined || rows > LOOKED_AT || this.things.size >= REMEMBERED) return;
    const describe = areTombstones ? reader.tombstones : reader.rows;
    if (describe === undefined) return;
    const on = target.key.map((column) => `t."${column}" = b."${column}"`).join(' AND ');
    const sql = `SELECT ${reader.columns} FROM temp.batch AS b LEFT JOIN "${target.table}" AS t ON ${on}`;
    for (const row of await this.database.query(sql).catch(() => [])) {
      const change = describe(row);
      if (change === null) continue;
      const happened = this.things.get(change.what) ?? new Set();
      this.things.set(change.what, happened.add(change.happened));
    }
  }

  /** The first few, and how many more there are; empty where there are none. */
  toString(): string {
    // What is gone or has another name matters most; sorting keeps the order of the rest.
    const rankOf = (happened: ReadonlySet<string>) => ([...happened].some((each) => /^is (?:gone|now)/.test(each)) ? 0 : 1);
    const sorted = [...this.things].sort(([, one], [, other]) => rankOf(one) - rankOf(other));
    const all = sorted.map(([what, happened]) => {
      const told = [...happened].filter((each) => each !== CHANGED || happened.size === 1);
      return `${what} ${told.join(', ')}`;
    });
    const more = all.length - SHOWN;
    return [...all.slice(0, SHOWN), ...(more > 0 ? [`and ${count(more)} more`] : [])].join(' · ');
  }
}

function ofNamed({ name, before, is_new: isNew, was_gone: wasGone }: Row, kind: string): Change {
  const what = `${kind}${text(isNew === true ? name : (before ?? name))}`;
  if (isNew === true) return { what, happened: 'is new' };
  if (wasGone === true) return { what, happened: 'is back' };
  return { what, happened: name === before ? 'has changed' : `is now ${text(name)}` };
}

function ofPullRequest({ name, is_new: isNew, state, before, is_edited: isEdited, is_pushed: isPushed }: Row): Change | null {
  const what = text(name);
  if (isNew === true) return { what, happened: state === 'OPEN' ? 'opened' : 'is new' };
  if (state !== before) return { what, happened: state === 'OPEN' ? 'reopened' : text(state).toLowerCase() };
  if (isPushed === true) return { what, happened: 'has new commits' };
  return { what, happened: isEdited === true ? 'edited' : CHANGED };
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '?';
}
