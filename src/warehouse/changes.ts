import { DELETED_AT } from './batch';
import { hasCopies, isCopy, withoutCopies } from './copies';
import type { Target } from './catalog';
import { CHANGED, EDITED, HINTS, IS_NEW, NEW_HERE, ORDER, READERS, type Row, TARGET_MOVED, VERDICTS, WEAK } from './change-words';
import { quote, type Database } from './database';
import { STATE_TABLE } from './states';
import { EXTRACTED_AT, sameKey } from './tables';
import { count } from './tally';

/** Things whose changes are named one by one, and how many of them are remembered. */
const SHOWN = 5;
const REMEMBERED = 1000;
/** From so many on, branches, tags and builds of one repository are told by their number. */
const MANY = 4;
/** Changed rows of one batch up to which one looks at what has changed. */
const LOOKED_AT = 500;

/** When the connector saw a row first is no change of what it saw. */
const WHEN_SEEN = [EXTRACTED_AT.name, 'changed_at'];

/** How what is told of a project begins, and of whatever is gone. */
const PROJECT = 'project ';
const IS_GONE = 'is gone';

/** Things that are told after all others, by how they begin: there may be very many of them at once. */
const LAST = /^(?:branch|tag|build) (.*) of (\S+)$/;

/** Names what a sync changed, for a person who wants to know in one line. Rows that come again as they are in the file are no change. */
export class Changes {
  /** By the key of its reader. */
  private readonly things = new Map<string, Thing>();
  private readonly changed = new Map<string, number>();
  /** Rows, of those that have changed, for which nothing came. */
  missingRows = 0;

  private constructor(
    private readonly database: Database,
    /** Whether pull requests themselves are read. */
    private readonly hasPullRequests: boolean,
  ) {}

  /**
   * From now on: what is saved already tells when each stream was last synced.
   * @param whole when those were read to their end of which something is missing since, in milliseconds since 1970
   */
  static async since(database: Database, targets: readonly Target[], whole: ReadonlyMap<string, number>): Promise<Changes> {
    await database.run(
      `CREATE OR REPLACE TEMP TABLE last_sync AS SELECT stream_name AS stream, saved_at FROM ${quote(STATE_TABLE)}`,
    );
    for (const [stream, instant] of whole)
      await database.run('UPDATE temp.last_sync SET saved_at = make_timestamptz(CAST(? AS BIGINT)) WHERE stream = ?', [
        BigInt(Math.trunc(instant)) * 1000n,
        stream,
      ]);
    return new Changes(
      database,
      targets.some(({ stream }) => stream.name === 'pull_requests'),
    );
  }

  /** Looks at a staged batch before it is written. */
  async note(target: Target, rows: number, areTombstones: boolean): Promise<void> {
    // Of a table that holds a key more than once, nothing tells which row is the one to compare with.
    if (target.key.length === 0 || target.mode === 'append') return this.add(target, rows);
    const changed = areTombstones ? 't.deleted_at IS NULL' : hasChanged(target);
    const from = `FROM temp.batch AS b LEFT JOIN temp.known AS t ON ${sameKey(target)} WHERE ${changed}`;
    const [counted] = await this.compare(target, `SELECT count(*)::INTEGER AS rows ${from}`).catch(() => []);
    const differing = counted === undefined ? rows : Number(counted['rows']);
    this.add(target, differing);
    if (counted !== undefined && differing > 0 && differing <= LOOKED_AT) await this.name(target, from, areTombstones);
  }

  /** Counts rows of the table, which all came anew, that have not come again, before they go. @param missing which those are */
  async noteMissing(target: Target, missing: string): Promise<void> {
    const isAlive = target.columns.some(({ name }) => name === DELETED_AT) ? `AND t.${quote(DELETED_AT)} IS NULL` : '';
    const sql = `SELECT count(*)::INTEGER AS rows FROM ${quote(target.table)} AS t WHERE ${missing} ${isAlive}`;
    const [counted] = await this.database.query(sql).catch(() => []);
    const rows = Number(counted?.['rows'] ?? 0);
    this.add(target, rows);
    this.missingRows += rows;
  }

  /** How many rows of a stream are not in the file as they were. */
  changedRows(stream: string): number {
    return this.changed.get(stream) ?? 0;
  }

  /** First finds where the rows are, by their keys: of a large table nothing else is read but those. */
  private async compare(target: Target, sql: string): Promise<Row[]> {
    const table = quote(target.table);
    await this.database.run(
      `CREATE OR REPLACE TEMP TABLE places AS SELECT t.rowid AS place FROM ${table} AS t JOIN temp.batch AS b ON ${sameKey(target)}`,
    );
    await this.database.run(
      `CREATE OR REPLACE TEMP TABLE known AS SELECT * FROM ${table} WHERE rowid IN (SELECT place FROM temp.places)`,
    );
    return await this.database.query(sql);
  }

  private add({ id }: Target, rows: number): void {
    this.changed.set(id, this.changedRows(id) + rows);
  }

  private async name(target: Target, from: string, areTombstones: boolean): Promise<void> {
    const reader = READERS[target.table];
    const describe = areTombstones ? reader?.tombstones : reader?.rows;
    if (reader === undefined || describe === undefined || this.things.size >= REMEMBERED) return;
    const columns = reader.columns.replaceAll('{stream}', target.stream.name);
    const select = `SELECT ${reader.key} AS thing, ${columns} ${from}`;
    for (const row of await this.database.query(select).catch(() => [])) {
      const change = describe(row);
      if (change === null || change.happened.length === 0) continue;
      const key = typeof row['thing'] === 'string' ? row['thing'] : change.what;
      const { what, happened } = this.things.get(key) ?? { what: change.what, happened: new Map<string, Happening>() };
      for (const each of change.happened) {
        const { isOld, at, isEcho } = happened.get(each) ?? { isOld: true, at: 0, isEcho: true };
        happened.set(each, {
          isOld: isOld && change.isOld === true,
          at: Math.max(at, change.at ?? 0),
          isEcho: isEcho && change.isEcho === true,
        });
      }
      this.things.set(key, { what, happened });
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
    const fresh = this.newRepositories();
    const all = [...this.things.values()]
      // Branches, tags and builds of a repository that is new here say nothing more.
      .filter(({ what }) => !fresh.has(LAST.exec(what)?.[2] ?? ''))
      .map(({ what, happened }) => ({ what, happened: inOrder(this.news(happened)) }))
      .filter(({ happened }) => happened.length > 0);
    const strong = all.filter((each) => !isWeak(each));
    const rankOf = ({ happened }: Told) => (happened.some((each) => /^is (?:gone|now )/.test(each)) ? 0 : 1);
    const weak = all.filter(isWeak);
    const [first, last] = [strong.filter(({ what }) => !LAST.test(what)), strong.filter(({ what }) => LAST.test(what))];
    first.sort((one, other) => rankOf(one) - rankOf(other));
    return [
      ...(areJoined ? withContents(first) : first).map(single),
      ...(areJoined ? gathered(last) : last.map(single)),
      ...(areJoined ? joined(weak) : weak.map(single)),
    ];
  }

  private newRepositories(): ReadonlySet<string> {
    const all = [...this.things].filter(([key, { happened }]) => key.startsWith('repository ') && happened.has(NEW_HERE));
    return new Set(all.map(([, { what }]) => what));
  }

  /** Without what was told before, as that a pull request was opened whose row came in a sync that was cut off. */
  private news(happened: Thing['happened']): Thing['happened'] {
    if (!this.hasPullRequests || happened.has(IS_NEW)) return happened;
    return new Map([...happened].filter(([, { isEcho }]) => !isEcho));
  }
}

/** Something of the server, and what happened to it. */
interface Thing {
  /** What it is called, or was. */
  readonly what: string;
  readonly happened: Map<string, Happening>;
}

/** What happened to a thing, once or several times. */
interface Happening {
  /** All of it before the last sync. */
  readonly isOld: boolean;
  /** The latest of it, in milliseconds since 1970; 0: nobody knows. */
  readonly at: number;
  /** Another stream would have told it, too. */
  readonly isEcho: boolean;
}

interface Told {
  readonly what: string;
  readonly happened: readonly string[];
}

function single({ what, happened }: Told): string {
  return `${what} ${happened.join(', ')}`;
}

/** Without what says little beside the rest; of what is new here, only what has happened since the last sync. */
function inOrder(happened: ReadonlyMap<string, Happening>): string[] {
  const told = [...happened.keys()].filter((each) => !happened.has(NEW_HERE) || happened.get(each)?.isOld === false);
  const strong = told.filter(
    (each) => !WEAK.includes(each) && !(each === 'edited' && told.some((other) => EDITED.includes(other))),
  );
  if (strong.length > 0) return asItHappened(strong, happened);
  const hints = HINTS.filter((each) => told.includes(each));
  return hints.length > 0 ? hints : WEAK.filter((each) => happened.has(each)).slice(0, 1);
}

/** Verdicts in the order of their times, in the places that verdicts have; the rest as it is always told. */
function asItHappened(told: readonly string[], happened: ReadonlyMap<string, Happening>): string[] {
  const at = (each: string) => (VERDICTS.includes(each) ? (happened.get(each)?.at ?? 0) : 0);
  const usual = [...told].sort((one, other) => ORDER.indexOf(one) - ORDER.indexOf(other));
  const timed = usual.filter((each) => at(each) > 0).sort((one, other) => at(one) - at(other));
  let next = 0;
  return usual.map((each) => (at(each) > 0 ? (timed[next++] ?? each) : each));
}

function isWeak({ what, happened }: Told): boolean {
  return happened.every((each) => each === TARGET_MOVED || each === CHANGED || (each === NEW_HERE && what.includes(' #')));
}

/** A project that is gone took its repositories with it: they need no place of their own. */
function withContents(told: readonly Told[]): Told[] {
  const projects = told.filter(({ what, happened }) => what.startsWith(PROJECT) && happened.includes(IS_GONE));
  const inside = new Map(projects.map((project) => [project, told.filter((each) => wentWith(project, each))]));
  const absorbed = new Set([...inside.values()].flat());
  return told
    .filter((each) => !absorbed.has(each))
    .map((each) => {
      const contents = inside.get(each)?.length ?? 0;
      if (contents === 0) return each;
      const [more, repositories] = [`${IS_GONE} with ${count(contents)}`, contents === 1 ? 'repository' : 'repositories'];
      return { ...each, happened: each.happened.map((what) => (what === IS_GONE ? `${more} ${repositories}` : what)) };
    });
}

function wentWith(project: Told, { what, happened }: Told): boolean {
  return what.startsWith(`${project.what.slice(PROJECT.length)}/`) && happened.every((each) => each.startsWith(IS_GONE));
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
    const are = happened === TARGET_MOVED ? 'with a moved target' : happened.replace(/^is /, '');
    return `${repository}: ${count(group.length)} pull requests ${are}`;
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

/** Whether a staged row is not in the table as it is, copies of what other rows tell aside. */
function hasChanged({ stream, columns, key }: Target): string {
  const compared = columns.filter(({ name }) => !key.includes(name) && !WHEN_SEEN.includes(name) && !isCopy(stream.name, name));
  const different = compared.map(({ name, type }) => {
    const [staged, own] = [`b.${quote(name)}`, `t.${quote(name)}`];
    if (type !== 'JSON') return `${staged} IS DISTINCT FROM ${own}`;
    const sides = [staged, `CAST(${own} AS VARCHAR)`];
    // Taken out only where the texts differ: it takes long.
    const told = hasCopies(stream.name) ? ` AND ${sides.map(withoutCopies).join(' IS DISTINCT FROM ')}` : '';
    return `(${sides.join(' IS DISTINCT FROM ')}${told})`;
  });
  return [`t.${quote(key[0] ?? '')} IS NULL`, ...different].join(' OR ');
}
