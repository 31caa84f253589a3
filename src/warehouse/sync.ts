import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { notJson, unreadableInput } from '../text/input-faults';
import { printedFault } from '../text/printed-messages';
import { type Target, targetsOf } from './catalog';
import { Changes } from './changes';
import { Database } from './database';
import { noteEnd, noteTold } from './journal';
import { Loader } from './loader';
import type { JsonObject } from './messages';
import { type Account, DEFAULT_DATABASE, type Ending, type Preflight, type SyncOptions } from './options';
import { receive } from './receive';
import { type End, report, UNREADABLE } from './report';
import { leftOutBy, whatIsLeftOut } from './outside';
import { Screen } from './screen';
import { secretMask } from './secrets';
import { catalogIn, refuseUnknown } from './selection';
import { discover, rowsHeld, rowsIn, setUp, type Setup, startConnector } from './setup';
import { nameGaps, StreamCauses } from './stream-causes';
import { callOf } from './sync-command';
import { Declined, InputError, reasonOf, Stopped, SyncError } from './sync-error';
import { newTally, noteCount, rowCount, sumOf, type Tally } from './tally';
import { removeFolder, temporaryFolder } from './temporary-folder';
import { refreshViews } from './views';

export type { SyncOptions } from './options';

/** The exit code of a process that SIGTERM ended. */
const TERMINATED = 143;
/** A sync that failed by itself, before anything was read. */
const NOTHING: Ending = { exitCode: 1, completed: false, needsPerson: false, hasToldStop: false };

/**
 * A platform in miniature: runs the connector, loads what it says into DuckDB, goes on from the state saved there, and
 * gives the connector's exit code; 1, after one sentence on `output`, for a failure of its own. Never throws.
 */
export async function sync(options: SyncOptions): Promise<number> {
  return (await syncOnce(options)).exitCode;
}

/** The same, and whether another attempt is of use. Never throws. */
export async function syncOnce(options: SyncOptions): Promise<Ending> {
  const { output, isTerminal, clock } = options;
  const screenWith = (mask: (text: string) => string) =>
    new Screen({ output, isTerminal, clock, mask, isVerbose: options.verbose ?? true });
  // Whoever stops listening (`| head`) still gets the rows.
  if (output.listenerCount('error') === 0) output.on('error', () => undefined);
  let screen = screenWith((text) => text);
  try {
    const config = await readJson('--config', options.config);
    screen = screenWith(secretMask(config, options.secrets));
    const account: Account = { startedAt: clock(), failures: new Set(), completed: false, hasToldStop: false };
    const preflight = await lookAtServer(options, screen);
    // What a look found that was cut short is no finding.
    if (options.signal.aborted) throw new Stopped();
    if (preflight?.succeeded === false) {
      screen.error(preflight.message, preflight.command, preflight.isRemedy);
      return { ...NOTHING, needsPerson: !preflight.mayPass };
    }
    const exitCode = await run(options, screen, account, preflight);
    const { failures, completed, hasToldStop } = account;
    const isConfiguration = failures.size === 1 && failures.has('config_error');
    return { exitCode, completed, needsPerson: exitCode !== 0 && isConfiguration && !completed, hasToldStop };
  } catch (error) {
    if (error instanceof Stopped) {
      // One that follows has read before.
      screen.say(options.isFollowing === true ? 'Stopped.' : error.message);
      return { ...NOTHING, exitCode: TERMINATED, hasToldStop: true };
    }
    if (error instanceof Declined) screen.say(error.message);
    else if (error instanceof SyncError) screen.error(error.message, error.command, true);
    else screen.log('ERROR', `The sync failed: ${reasonOf(error)}`);
    return { ...NOTHING, needsPerson: error instanceof InputError };
  }
}

/** One cause is one message: what `check` finds is told before eleven streams fail of it. */
async function lookAtServer({ preflight, debug }: SyncOptions, screen: Screen): Promise<Preflight | undefined> {
  if (preflight === undefined) return undefined;
  screen.note('Looking at the server …');
  const result = await preflight(debug === true ? (line) => screen.log('DEBUG', line) : undefined);
  if (result.succeeded) {
    screen.log('INFO', result.server.summary);
    for (const warning of result.warnings) screen.warnAhead(warning);
  }
  return result;
}

async function run(
  options: SyncOptions,
  screen: Screen,
  account: Account,
  preflight: (Preflight & { readonly succeeded: true }) | undefined,
): Promise<number> {
  const path = resolve(options.database ?? DEFAULT_DATABASE);
  const discovered = options.catalog === undefined ? await discover(options, screen, account) : null;
  if (typeof discovered === 'number') return discovered;
  const catalog = options.catalog === undefined ? null : await readJson('--catalog', options.catalog);
  if (options.signal.aborted) throw new Stopped();
  // What is wrong with these is said before there is a file.
  if (discovered !== null) refuseUnknown(discovered, options.streams ?? []);
  else targetsOf(catalogIn(catalog));
  const database = await Database.open(path);
  let folder: string | undefined;
  try {
    const given = {
      server: preflight?.server ?? null,
      denied: preflight?.denied ?? new Map<string, string>(),
      catalog,
      discovered,
    };
    const setup = await setUp(database, options, screen, given);
    folder = await temporaryFolder(options.temporary, path);
    const args = await readArguments(options, folder, setup);
    return await load(options, screen, { database, setup, args, account });
  } finally {
    database.close();
    if (folder !== undefined) await removeFolder(folder);
  }
}

/** State and catalog go through files that only this user can read; they are gone after the sync. */
async function readArguments({ config }: SyncOptions, folder: string, { catalog, states }: Setup): Promise<string[]> {
  const keep = async (name: string, content: unknown): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, JSON.stringify(content), { mode: 0o600 });
    return file;
  };
  const state = states.length === 0 ? [] : ['--state', await keep('state.json', states)];
  return ['read', '--config', config, '--catalog', await keep('catalog.json', catalog), ...state];
}

interface Work {
  readonly database: Database;
  readonly setup: Setup;
  readonly args: readonly string[];
  readonly account: Account;
}

async function load(options: SyncOptions, screen: Screen, { database, setup, args, account }: Work): Promise<number> {
  const { clock } = options;
  const { targets, firsts, isNew, unread } = setup;
  const tallies = new Map(targets.map(({ id }) => [id, newTally(id)]));
  const misfits = new Map<string, number>();
  const changes = await Changes.since(database, targets, setup.whole);
  const [errors, warnings] = [new StreamCauses(), new StreamCauses()];
  const onMisfit = (stream: string, column: string) => {
    misfits.set(`${stream}.${column}`, (misfits.get(`${stream}.${column}`) ?? 0) + 1);
  };
  const isNews = (target: Target) => !isNew && !firsts.has(target.id);
  const loader = new Loader(
    database,
    targets,
    clock,
    onMisfit,
    async (target, rows, areTombstones) => isNews(target) && changes.note(target, rows, areTombstones),
    async (target, missing) => isNews(target) && changes.noteMissing(target, missing),
  );
  const awaited = targets.filter(({ id }) => firsts.has(id));
  const held = await rowsHeld(database, awaited);
  const rowsBefore = isNew ? await rowsIn(database, targets) : new Map<string, number>();
  const before = sumOf(rowsBefore.values());
  if (before > 0)
    screen.say(`The first sync was not finished and goes on: ${rowCount(before)} ${before === 1 ? 'is' : 'are'} there already.`);
  const connector = await startConnector(options, screen, args);
  void expectRows(options, screen, awaited, tallies, held);
  screen.follow([...tallies.values()]);
  try {
    const { failures } = account;
    await receive(connector, { loader, tallies, targets, screen, clock, failures, errors, warnings, isFirst: isNew });
  } catch (error) {
    await connector.abandon();
    throw error;
  } finally {
    screen.settle();
  }
  const exitCode = await connector.exitCode();
  const end = endOf(exitCode, [...tallies.values()], account, options.signal);
  const completed = targets.filter(({ id }) => tallies.get(id)?.status === 'COMPLETE').map(({ stream }) => stream.name);
  const lacks = ({ id }: Target) => errors.hasGaps(id) || warnings.concerns(id, UNREADABLE);
  const unfinished = targets.filter((target) => tallies.get(target.id)?.status !== 'COMPLETE' || lacks(target));
  const partial = [...setup.partial, ...unfinished.map(({ stream }) => stream.name)];
  const cutOff = unfinished.filter((target) => !lacks(target)).map(({ stream }) => stream.name);
  const settled = targets.map(({ stream }) => stream.name).filter((name) => !cutOff.includes(name));
  const gaps = targets.map(
    ({ id, stream: { name } }) => [name, nameGaps([...errors.gapsOf(id), ...warnings.gapsOf(id)])] as const,
  );
  const notRead = await leftOutBy(database, options, targets, setup.before);
  await noteEnd(database, {
    complete: [...new Set([...setup.complete, ...completed])],
    partial,
    cutOff: [...setup.cutOff, ...cutOff],
    // What a sync has not come to is as it was.
    unreadable: new Map([
      ...[...setup.unreadable].filter(([stream]) => !settled.includes(stream)),
      ...gaps.flatMap(([name, what]) => (what === null ? [] : [[name, what] as const])),
    ]),
    outside: notRead.outside,
    startDate: notRead.startDate,
    hasEnded: end === 'whole',
  });
  account.completed = completed.length > 0;
  // A file that was cut off has its views when it is whole.
  const hasViews = !options.signal.aborted && (await answer(database, targets, screen));
  const leftOut = hasViews ? await whatIsLeftOut(database, notRead, options.config) : [];
  const wasStopped = options.signal.aborted;
  report(screen, {
    ...{
      tallies: [...tallies.values()],
      misfits,
      changes,
      firsts,
      errors,
      warnings,
      call: callOf(options),
      exitCode,
      end,
      hasDropped: setup.hasDropped,
      isNew,
      rowsBefore,
      rowsNow: before === 0 ? 0 : sumOf((await rowsIn(database, targets)).values()),
      unread,
      hasViews,
      leftOut,
      startedAt: account.startedAt,
    },
    wasStopped,
    isVerbose: options.verbose ?? true,
    isFollowing: options.isFollowing ?? false,
    now: clock(),
  });
  account.hasToldStop = wasStopped;
  await noteTold(database);
  return end === 'cut off' && exitCode === 0 ? TERMINATED : exitCode;
}

/** Told to stop, a connector may have said its last word before: what its streams said counts, not with which code it ended. */
function endOf(exitCode: number, tallies: readonly Tally[], { failures }: Account, { aborted }: AbortSignal): End {
  if (!aborted) return exitCode === 0 ? 'whole' : 'failed';
  return failures.size === 0 && tallies.every(({ status }) => status === 'COMPLETE') ? 'whole' : 'cut off';
}

/** Counts come while rows do; without them there is no percentage, and nothing else is missing. */
async function expectRows(
  { expect, debug }: SyncOptions,
  screen: Screen,
  awaited: readonly Target[],
  tallies: ReadonlyMap<string, Tally>,
  held: ReadonlyMap<string, number>,
): Promise<void> {
  if (awaited.length === 0) return;
  const onRequest = debug === true ? (line: string) => screen.log('DEBUG', line) : undefined;
  const expected = await expect?.(
    awaited.map(({ id }) => id),
    onRequest,
  ).catch(() => null);
  for (const [stream, { rows, requests }] of expected ?? []) {
    const tally = tallies.get(stream);
    if (tally === undefined) continue;
    const left = Math.max(0, rows - (held.get(stream) ?? 0));
    noteCount(tally, left, requests === null || rows === 0 ? requests : (requests * left) / rows);
  }
}

/** The rows are there whether or not the views over them can be made. */
async function answer(database: Database, targets: readonly Target[], screen: Screen): Promise<boolean> {
  try {
    await refreshViews(database, targets);
    return true;
  } catch (error) {
    screen.log('WARN', `The views are as they were before this sync: ${reasonOf(error)}`);
    return false;
  }
}

/** In the words of the other commands. */
async function readJson(option: '--config' | '--catalog', file: string): Promise<JsonObject[string]> {
  const prefix = option === '--config' ? 'invalid_config: ' : '';
  let text: string;
  try {
    text = (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    throw new InputError(prefix + unreadableInput(option, file, error));
  }
  const fault = printedFault(option, file, text);
  if (fault !== null) throw new InputError(prefix + fault);
  try {
    return JSON.parse(text);
  } catch {
    throw new InputError(prefix + notJson(option, file, text));
  }
}
