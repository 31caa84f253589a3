import { resolve } from 'node:path';
import { targetsOf, type Target } from './catalog';
import { Connector } from './connector';
import { quote, type Database } from './database';
import { readJournal, writeJournal } from './journal';
import { parseLine, type JsonObject } from './messages';
import type { Account, SyncOptions } from './options';
import { type Before, leftOutBy } from './outside';
import { forgetEverything, prepareSync } from './prepare';
import { announce } from './receive';
import { describeReset, whatResetDrops } from './reset';
import type { Screen } from './screen';
import { catalogIn, deniedStream, leftStreams, newStreams, selectStreams, type Notice, type Selection } from './selection';
import { originOf, otherServer, refusal, type Server } from './server';
import { hasStates, savedState, savedTimes, streamsWithState } from './states';
import { callOf, streamsWord, syncCommand } from './sync-command';
import { Declined, Stopped, SyncError } from './sync-error';
import { EXTRACTED_AT, loadingTable } from './tables';
import { refuseTakenNames } from './taken-names';

const GRACE_SECONDS = 10;

/** What a sync will do, decided and prepared. */
export interface Setup {
  readonly catalog: unknown;
  readonly targets: readonly Target[];
  readonly states: readonly JsonObject[];
  /** Streams (their ids) that are read into this file for the first time, or were never read to their end. */
  readonly firsts: ReadonlySet<string>;
  /** Streams that were. */
  readonly complete: readonly string[];
  /** Streams that this sync does not read, and of which something was not read before. */
  readonly partial: readonly string[];
  /** When each stream was last read to its end, in milliseconds since 1970. */
  readonly whole: ReadonlyMap<string, number>;
  /** Those of `partial` whose reading failed as a whole or was cut off. */
  readonly cutOff: readonly string[];
  /** What could not be read of streams before, in a few words. */
  readonly unreadable: ReadonlyMap<string, string>;
  /** What the file knew of what is not read any more. */
  readonly before: Before;
  /** No sync into this file came to an end before. */
  readonly isNew: boolean;
  /** Streams whose rows were read into this file before, and which this sync does not read. */
  readonly unread: readonly string[];
  /** `--reset` has dropped tables. */
  readonly hasDropped: boolean;
}

/** What is known before the database is opened. */
export interface Given {
  /** Null: nobody has looked. */
  readonly server: Server | null;
  readonly denied: ReadonlyMap<string, string>;
  /** A catalog that the person gave; null: none. */
  readonly catalog: unknown;
  /** Everything that `discover` found; null where the person gave a catalog. */
  readonly discovered: JsonObject | null;
}

/** Decides what is read into this file, and makes its tables ready. Nothing is written before all is decided. @throws InputError */
export async function setUp(database: Database, options: SyncOptions, screen: Screen, given: Given): Promise<Setup> {
  const journal = await readJournal(database);
  const areStates = await hasStates(database);
  const withState = areStates ? await streamsWithState(database) : [];
  const isNew = withState.length === 0;
  const selection = select(options, given, journal?.streams ?? (isNew ? null : withState));
  const catalog = selection?.catalog ?? catalogIn(given.catalog);
  const targets = targetsOf(catalog);
  await refuseTakenNames(database, targets, areStates || journal !== null);
  const replaced = given.server === null ? null : otherServer(await originOf(database, journal?.serverUrl ?? null), given.server);
  const reset = options.reset ?? false;
  if (replaced !== null && given.server !== null && !reset) throw refusal(database.path, replaced, given.server);
  const all = selection === null ? [] : targetsOf(everythingIn(given));
  const dropped = replaced === null ? targets : unique([...targets, ...all, ...withState.map(bareTarget)]);
  const hasDropped = reset && (await confirmReset(database, dropped, options, screen));
  // A file that was synced with catalogs alone does not know what there was to choose from.
  const offered = journal?.available ?? withState;
  const added = selection === null || isNew || offered.length === 0 ? null : newStreams(selection, offered);
  const names = selection?.streams ?? targets.map(({ stream }) => stream.name);
  const available = selection?.available ?? journal?.available ?? withState;
  const hasEnded = !isNew && !reset && journal?.hasEnded !== false;
  const known = journal?.complete ?? (hasEnded ? withState : []);
  const left = reset ? null : leftStreams(names, journal?.streams ?? withState, known);
  const isKept = (name: string) => !reset || !dropped.some(({ stream }) => stream.name === name);
  const complete = known.filter(isKept);
  const isRead = (name: string) => targets.some(({ stream }) => stream.name === name);
  const partial = (journal?.partial ?? []).filter((name) => isKept(name) && !isRead(name));
  const readAt = areStates ? await savedTimes(database) : new Map<string, number>();
  const cutOff = partial.filter((name) => journal?.cutOff.includes(name));
  // A state that is saved moves on, also where something was not read: what came since the stream was whole is news all the same.
  const lastWhole = (name: string, at: number) =>
    journal?.partial.includes(name) === true ? (journal.whole.get(name) ?? at) : at;
  const whole = new Map([...readAt].filter(([name]) => isKept(name)).map(([name, at]) => [name, lastWhole(name, at)]));
  const unreadable = new Map([...(journal?.unreadable ?? [])].filter(([name]) => isKept(name)));
  const before: Before = {
    outside: isNew ? new Map() : (journal?.outside ?? null),
    startDate: isNew ? null : (journal?.startDate ?? null),
    readAt,
  };
  if (options.signal.aborted) throw new Stopped('Stopped: nothing was changed.');
  let states: JsonObject[] = [];
  await database.transaction(async () => {
    if (reset) for (const target of dropped) await forgetEverything(database, target);
    states = await prepareSync(database, targets);
    const { outside, startDate } = await leftOutBy(database, options, targets, before);
    await writeJournal(database, {
      serverUrl: given.server?.url ?? journal?.serverUrl ?? null,
      streams: names,
      available,
      hasEnded,
      complete,
      denied: [...(selection?.denied.keys() ?? [])],
      // Should this sync be cut off, nobody can say more.
      partial: [...partial, ...targets.map(({ stream }) => stream.name)],
      cutOff: [...cutOff, ...targets.map(({ stream }) => stream.name)],
      whole,
      unreadable,
      config: lastingPath(options.config),
      outside,
      startDate,
      untoldSince: Date.now(),
    });
  });
  if (hasEnded && journal !== null && (await hasRowsSince(database, targets, journal.untoldSince)))
    screen.say('A sync before was cut off: what it had loaded by then is in the file, and is not told again.');
  for (const [name, reason] of selection?.denied ?? []) {
    const isKnown = journal?.denied.includes(name) ?? false;
    screen.log(isKnown ? 'INFO' : 'WARN', `${name} is left out: ${reason}`);
    if (!isKnown && selection !== null) sayNotice(deniedStream(selection, name), available, options, screen);
  }
  for (const notice of [left, added]) if (notice !== null) sayNotice(notice, available, options, screen);
  const firsts = new Set(targets.filter(({ stream }) => !complete.includes(stream.name)).map(({ id }) => id));
  const unread = withState.filter((name) => !targets.some(({ stream }) => stream.name === name));
  return {
    catalog,
    targets,
    states,
    firsts,
    isNew: !hasEnded,
    unread,
    complete,
    partial,
    whole,
    cutOff,
    unreadable,
    before,
    hasDropped,
  };
}

/** Where a file is, from wherever one looks; null for what is there only once, as what a shell puts together. */
function lastingPath(path: string): string | null {
  const absolute = resolve(path);
  return /^\/(?:dev|proc)\//.test(absolute) ? null : absolute;
}

/** With the command that changes it. */
function sayNotice({ text, streams }: Notice, available: readonly string[], options: SyncOptions, screen: Screen): void {
  screen.say(text);
  screen.command(`  ${syncCommand(callOf(options), streamsWord(streams, available))}`);
}

/** How many rows of each stream are there already, which a first reading that goes on where one was cut off need not bring. */
export async function rowsHeld(database: Database, targets: readonly Target[]): Promise<ReadonlyMap<string, number>> {
  const held = new Map<string, number>();
  for (const target of targets) {
    if ((await savedState(database, target)) === null) continue;
    const [row] = await database.query(`SELECT count(*)::INTEGER AS rows FROM ${quote(loadingTable(target))}`);
    held.set(target.id, Number(row?.['rows'] ?? 0));
  }
  return held;
}

/** How many rows the tables of streams have that are added to, by stream. */
export async function rowsIn(database: Database, targets: readonly Target[]): Promise<ReadonlyMap<string, number>> {
  const rows = new Map<string, number>();
  for (const target of targets.filter(({ mode }) => mode !== 'replace')) {
    const [found] = await database.query(`SELECT count(*)::INTEGER AS rows FROM ${quote(target.table)}`);
    rows.set(target.id, Number(found?.['rows'] ?? 0));
  }
  return rows;
}

/** Everything that the connector has, or the exit code of one that could not tell. */
export async function discover(options: SyncOptions, screen: Screen, { failures }: Account): Promise<JsonObject | number> {
  if (options.discovered !== undefined) return options.discovered();
  const connector = await startConnector(options, screen, ['discover', '--config', options.config]);
  let catalog: JsonObject | null = null;
  for await (const lines of connector.lines()) {
    for (const message of lines.map(parseLine)) {
      if (message.type === 'CATALOG') catalog ??= message.catalog;
      else announce(message, screen, failures);
    }
  }
  const exitCode = await connector.exitCode();
  if (options.signal.aborted) throw new Stopped();
  if (exitCode !== 0) return exitCode;
  if (catalog === null) throw new SyncError('The connector ended without a catalog: give one with --catalog.');
  return catalog;
}

/** Starts the connector with these arguments, and those that every command gets. */
export async function startConnector(options: SyncOptions, screen: Screen, args: readonly string[]): Promise<Connector> {
  const { executable, env, signal, expandsEnvironment, debug } = options;
  return await Connector.start({
    executable,
    args: [...args, ...(expandsEnvironment === true ? ['--expand-environment'] : []), ...(debug === true ? ['--debug'] : [])],
    env,
    signal,
    graceSeconds: GRACE_SECONDS,
    onStderr: (line) => screen.log('ERROR', line),
  });
}

/** Null where the person gave a catalog, which says it all. */
function select(options: SyncOptions, { discovered, denied }: Given, remembered: readonly string[] | null): Selection | null {
  if (discovered === null) return null;
  const { streams: named = null, defaults = null } = options;
  return selectStreams(discovered, { named, remembered, defaults, denied });
}

function everythingIn({ discovered }: Given): unknown {
  return catalogIn(discovered);
}

/** Says what a reset drops, if anything; where somebody sits before it, it waits for a yes. @throws Declined for any other answer */
async function confirmReset(
  database: Database,
  targets: readonly Target[],
  options: SyncOptions,
  screen: Screen,
): Promise<boolean> {
  const dropped = await whatResetDrops(database, targets);
  if (dropped.length === 0) return false;
  screen.say(describeReset(database.path, dropped));
  if (options.confirm == null || (await options.confirm('Go on? Type yes: ')) || options.signal.aborted) return true;
  throw new Declined();
}

/** As much of a stream as it takes to drop what there is of it. */
function bareTarget(name: string): Target {
  return { id: name, stream: { name, namespace: null }, table: name, columns: [], key: [], cursor: null, mode: 'append' };
}

function unique(targets: readonly Target[]): Target[] {
  return [...new Map(targets.map((target) => [target.table, target])).values()];
}

/** Whether a sync that began then has loaded rows. @param since in milliseconds since 1970; null: there was none */
async function hasRowsSince(database: Database, targets: readonly Target[], since: number | null): Promise<boolean> {
  if (since === null) return false;
  const latest = targets.map(({ table }) => `SELECT max(${quote(EXTRACTED_AT.name)}) AS latest FROM ${quote(table)}`);
  const [found] = await database.query(`SELECT epoch_ms(max(latest))::DOUBLE AS latest FROM (${latest.join(' UNION ALL ')})`);
  return Number(found?.['latest'] ?? 0) >= since;
}
