import type { Target } from './catalog';
import type { Database } from './database';
import { count } from './tally';

/** Things whose changes are named one by one, and how many of them are remembered. */
const SHOWN = 5;
const REMEMBERED = 1000;
/** From so many on, branches, tags and builds of one repository are told by their number. */
const MANY = 4;
/** Rows of one batch up to which one looks at what they change. */
const LOOKED_AT = 500;

/** What an activity says that somebody did, in the order in which it is told of one pull request. */
const ACTIONS: Readonly<Record<string, string>> = {
  OPENED: 'opened',
  REOPENED: 'reopened',
  RESCOPED: 'has new commits',
  UPDATED: 'edited',
  COMMENTED: 'commented',
  REVIEWED: 'needs work',
  APPROVED: 'approved',
  UNAPPROVED: 'no longer approved',
  REVIEWERS: 'has other reviewers',
  MERGED: 'merged',
  DECLINED: 'declined',
};
const ORDER = Object.values(ACTIONS);

/** What says little: told where nothing else is known of it, after all else, and of many in a repository at once. */
const IS_NEW = 'is new';
const TARGET_MOVED = 'target moved';
const CHANGED = 'changed';
const WEAK = [IS_NEW, TARGET_MOVED, CHANGED];

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
    columns: `b.key AS name, t.key AS before, t.id IS NULL AS is_new, t.deleted_at IS NOT NULL AS was_gone,
      CASE WHEN b.name IS DISTINCT FROM t.name THEN 'is now called ' || b.name END AS difference`,
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
    columns: `b.name AS name, t.name AS before, t.id IS NULL AS is_new, t.deleted_at IS NOT NULL AS was_gone,
      CASE WHEN b.active AND NOT t.active THEN 'is active again' WHEN t.active AND NOT b.active THEN 'is deactivated'
        WHEN b.display_name IS DISTINCT FROM t.display_name THEN 'is now called ' || b.display_name END AS difference`,
    rows: (row) => ofNamed(row, 'user '),
    tombstones: ({ before, name }) => ({ what: `user ${text(before ?? name)}`, happened: 'is gone' }),
  },
  pull_requests: {
    columns: `coalesce(b.repository_full_name, t.repository_full_name) || ' #' || b.id AS name, t.id IS NULL AS is_new, b.state AS state, t.state AS before,
      b.title IS DISTINCT FROM t.title OR b.description IS DISTINCT FROM t.description AS is_edited, b.source_commit IS DISTINCT FROM t.source_commit AS is_pushed,
      b.target_commit IS DISTINCT FROM t.target_commit AS is_behind`,
    rows: ofPullRequest,
    tombstones: ({ name }) => ({ what: text(name), happened: 'is gone' }),
  },
  pull_request_activities: {
    columns: `b.repository_full_name || ' #' || b.pull_request_id AS name, t.id IS NULL AS is_new,
      CASE WHEN b.added_reviewers IS NOT NULL OR b.removed_reviewers IS NOT NULL THEN 'REVIEWERS' ELSE b.action END AS action`,
    rows: ({ name, is_new: isNew, action }) =>
      isNew === true ? { what: text(name), happened: ACTIONS[text(action)] ?? text(action).toLowerCase() } : null,
  },
  branches: ofRefs('branch'),
  tags: ofRefs('tag'),
  builds: {
    columns: `coalesce(b.name, b.key) AS name, b.repository_full_name AS repository, b.state AS state, t.state AS before`,
    rows: ({ name, repository, state, before }) =>
      state === before ? null : { what: `build ${text(name)} of ${text(repository)}`, happened: text(state).toLowerCase() },
  },
};
/** Things that are told after all others, by how they begin: there may be very many of them at once. */
const LAST = /^(?:branch|tag|build) (.*) of (\S+)$/;

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
    const all = this.told(true);
    const more = all.length - SHOWN;
    // The place that "and 1 more" would take is that one's own.
    return (more <= 1 ? all : [...all.slice(0, SHOWN), `and ${count(more)} more`]).join(' · ');
  }

  /** All that is remembered, each thing by itself. */
  lines(): string[] {
    return this.told(false);
  }

  /** What is gone or has another name matters most, what says little least; sorting keeps the order of the rest. */
  private told(areJoined: boolean): string[] {
    const all = [...this.things].map(([what, happened]) => ({ what, happened: inOrder(happened) }));
    const strong = all.filter(({ happened }) => !isWeak(happened));
    const rankOf = ({ happened }: Told) => (happened.some((each) => /^is (?:gone|now)/.test(each)) ? 0 : 1);
    const weak = all.filter(({ happened }) => isWeak(happened));
    const [first, last] = [strong.filter(({ what }) => !LAST.test(what)), strong.filter(({ what }) => LAST.test(what))];
    first.sort((one, other) => rankOf(one) - rankOf(other));
    return [
      ...first.map(single),
      ...(areJoined ? gathered(last) : last.map(single)),
      ...(areJoined ? joined(weak) : weak.map(single)),
    ];
  }
}

interface Told {
  readonly what: string;
  readonly happened: readonly string[];
}

function single({ what, happened }: Told): string {
  return `${what} ${happened.join(', ')}`;
}

/** Without what says little beside the rest. */
function inOrder(happened: ReadonlySet<string>): string[] {
  const strong = [...happened].filter((each) => !WEAK.includes(each));
  if (strong.length > 0) return strong.sort((one, other) => ORDER.indexOf(one) - ORDER.indexOf(other));
  return WEAK.filter((each) => happened.has(each)).slice(0, 1);
}

function isWeak(happened: readonly string[]): boolean {
  return happened.every((each) => each === TARGET_MOVED || each === CHANGED);
}

/** Several of a repository in one: `PAY/backend #7, #10: target moved`. */
function joined(weak: readonly Told[]): string[] {
  const groups = new Map<string, Told[]>();
  for (const each of weak) {
    const group = `${each.what.split(' #')[0] ?? ''} ${each.happened.join()}`;
    groups.set(group, [...(groups.get(group) ?? []), each]);
  }
  return [...groups.values()].map((group) => {
    const [first] = group;
    const [repository = '', ...number] = first?.what.split(' #') ?? [];
    const happened = first?.happened.join() ?? '';
    if (group.length === 1 || number.length === 0) return group.map(({ what }) => `${what} ${happened}`).join(' · ');
    return `${repository}: ${count(group.length)} pull requests ${happened === TARGET_MOVED ? 'with a moved target' : happened}`;
  });
}

/** Many branches, tags or builds of a repository to which the same happened, in one: `PAY/backend: 12 branches gone`. */
function gathered(told: readonly Told[]): string[] {
  const groups = new Map<string, Told[]>();
  for (const each of told) {
    const group = `${each.what.replace(LAST, '$2')} ${each.what.split(' ', 1)[0] ?? ''} ${each.happened.join()}`;
    groups.set(group, [...(groups.get(group) ?? []), each]);
  }
  return [...groups.values()].flatMap((group) => {
    const [one] = group;
    if (one === undefined || group.length < MANY) return group.map(single);
    const [kind = ''] = one.what.split(' ', 1);
    const kinds = kind === 'branch' ? 'branches' : `${kind}s`;
    return [
      `${one.what.replace(LAST, '$2')}: ${count(group.length)} ${kinds} ${one.happened.join(', ').replace(/^is (?=new|gone)/, '')}`,
    ];
  });
}

/** Branches and tags; a commit is told by the branch that it moved. */
function ofRefs(kind: string): Reader {
  return {
    columns: `coalesce(b.repository_full_name, t.repository_full_name) AS repository, coalesce(b.name, t.name) AS name, t.id IS NULL AS is_new,
      t.deleted_at IS NOT NULL AS was_gone, b.commit_id IS DISTINCT FROM t.commit_id AS is_moved`,
    rows: ({ repository, name, is_new: isNew, was_gone: wasGone, is_moved: isMoved }) => {
      const happened = isNew === true ? IS_NEW : wasGone === true ? 'is back' : isMoved === true ? 'moved' : null;
      // Read again, as after its repository has come back or has another name.
      return happened === null ? null : { what: `${kind} ${text(name)} of ${text(repository)}`, happened };
    },
    tombstones: ({ repository, name }) => ({ what: `${kind} ${text(name)} of ${text(repository)}`, happened: 'is gone' }),
  };
}

function ofNamed({ name, before, is_new: isNew, was_gone: wasGone, difference }: Row, kind: string): Change {
  const what = `${kind}${text(isNew === true ? name : (before ?? name))}`;
  if (isNew === true) return { what, happened: IS_NEW };
  if (wasGone === true) return { what, happened: 'is back' };
  if (name !== before) return { what, happened: `is now ${text(name)}` };
  return { what, happened: typeof difference === 'string' ? difference : 'has changed' };
}

function ofPullRequest({
  name,
  is_new: isNew,
  state,
  before,
  is_edited: isEdited,
  is_pushed: isPushed,
  is_behind: isBehind,
}: Row): Change | null {
  const what = text(name);
  if (isNew === true) return { what, happened: state === 'OPEN' ? 'opened' : IS_NEW };
  if (state !== before) return { what, happened: state === 'OPEN' ? 'reopened' : text(state).toLowerCase() };
  if (isPushed === true) return { what, happened: 'has new commits' };
  return { what, happened: isEdited === true ? 'edited' : isBehind === true ? TARGET_MOVED : CHANGED };
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '?';
}
