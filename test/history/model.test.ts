import fc from 'fast-check';
import { DEFAULT_ONLY, Connection, type Settings } from './support/connection';
import { GitRepository, type GraphCommit, reach } from './support/git-repository';
import { Killed, Server } from './support/server';

const DAY = 24 * 3_600_000;
const NAMES = ['main', 'develop', 'release/1', 'feature/#1 %+?~ü', 'feature/2', 'hotfix'];

type Event = readonly [kind: keyof typeof EVENTS, a: number, b: number];
type Happening = (git: GitRepository, a: number, b: number) => void;

const nameOf = (n: number) => NAMES[n % NAMES.length]!;
const branchOf = ({ branches }: GitRepository, n: number): string | undefined => [...branches.keys()][n % branches.size];
const dateOf = (git: GitRepository, b: number) => 1_700_000_000_000 + ((b * 7919 + git.branches.size) % 40) * (DAY / 2);

/** Replays the commits of one branch upon another. */
const replay = (git: GitRepository, branch: string, onto: GraphCommit, leaveOut: number, b: number): void => {
  const commits = git.log(git.branches.get(branch)!, onto).reverse();
  let tip = onto;
  for (const commit of commits.slice(0, Math.max(0, commits.length - leaveOut))) tip = git.commit([tip], commit.date + b);
  git.branches.set(branch, tip);
};

const EVENTS = {
  push: (git, a, b) => {
    const branch = git.branches.size === 0 ? nameOf(a) : branchOf(git, a)!;
    git.push(branch, 1 + (b % 4), (index) => dateOf(git, b + index));
  },
  create: (git, a, b) => {
    const [name, from] = [nameOf(a), branchOf(git, b)];
    if (git.branches.has(name)) return;
    if (from === undefined) return void git.push(name, 2, () => dateOf(git, b));
    const log = git.log(git.branches.get(from)!);
    git.branches.set(name, log[b % Math.min(log.length, 4)]!);
  },
  orphan: (git, a, b) => {
    if (!git.branches.has(nameOf(a))) git.branches.set(nameOf(a), git.commit([], dateOf(git, b)));
  },
  merge: (git, a, b) => {
    const [into, from] = [branchOf(git, a), branchOf(git, b)];
    if (into === undefined || from === undefined || into === from) return;
    const [left, right] = [git.branches.get(into)!, git.branches.get(from)!];
    git.branches.set(into, a % 3 === 0 && reach([right]).has(left) ? right : git.commit([left, right], dateOf(git, b)));
  },
  rebase: (git, a, b) => {
    const [branch, onto] = [branchOf(git, a), branchOf(git, b)];
    if (branch !== undefined && onto !== undefined && branch !== onto)
      replay(git, branch, git.branches.get(onto)!, 0, 1 + (b % 3));
  },
  amend: (git, a, b) => {
    const branch = branchOf(git, a);
    if (branch === undefined) return;
    const tip = git.branches.get(branch)!;
    git.branches.set(branch, git.commit(tip.parents, dateOf(git, b)));
  },
  reset: (git, a, b) => {
    const branch = branchOf(git, a);
    if (branch === undefined) return;
    const log = git.log(git.branches.get(branch)!);
    git.branches.set(branch, log[b % log.length]!);
  },
  resetTo: (git, a, b) => {
    const [branch, to] = [branchOf(git, a), branchOf(git, b)];
    if (branch !== undefined && to !== undefined) git.branches.set(branch, git.branches.get(to)!);
  },
  remove: (git, a) => {
    const branch = branchOf(git, a);
    if (branch !== undefined) git.branches.delete(branch);
  },
  rename: (git, a, b) => {
    const [branch, name] = [branchOf(git, a), nameOf(b)];
    if (branch === undefined || git.branches.has(name)) return;
    git.branches.set(name, git.branches.get(branch)!);
    git.branches.delete(branch);
    if (git.head === branch) git.head = name;
  },
  setHead: (git, a, b) => {
    git.head = b % 5 === 0 ? nameOf(a) : (branchOf(git, a) ?? nameOf(a));
  },
  keep: (git, a) => {
    const branch = branchOf(git, a);
    if (branch !== undefined) git.kept.set(`kept-${a}`, git.branches.get(branch)!);
  },
  empty: (git, _, b) => {
    if (b % 4 === 0) git.branches.clear();
  },
  collect: (git, _, b) => {
    if (b % 3 === 0) git.collectGarbage();
  },
} satisfies Record<string, Happening>;

const event: fc.Arbitrary<Event> = fc.tuple(
  fc.constantFrom(...(Object.keys(EVENTS) as (keyof typeof EVENTS)[])),
  fc.nat(40),
  fc.nat(40),
);
const patterns = fc.constantFrom('none', 'some', 'all');
const step = fc.record({
  before: fc.array(event, { maxLength: 4 }),
  during: fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), event), { maxLength: 2 }),
  /** Killed at this request. */
  kill: fc.option(fc.integer({ min: 1, max: 15 }), { freq: 3 }),
  /** Killed after so many steps. */
  cut: fc.option(fc.integer({ min: 1, max: 6 }), { freq: 2 }),
  lands: fc.boolean(),
  patterns: fc.option(patterns, { freq: 1 }),
  beginning: fc.option(fc.constantFrom(0, 5, 12), { freq: 1 }),
});
const anyCase = fc.record({
  pageSize: fc.constantFrom(1, 2, 3, 100),
  patterns,
  /** The configuration changes, too; at the end it takes in everything. */
  changes: fc.boolean(),
  steps: fc.array(step, { minLength: 1, maxLength: 6 }),
  last: fc.array(event, { maxLength: 4 }),
});

type Model = typeof anyCase extends fc.Arbitrary<infer T> ? T : never;

const selects = (kind: 'none' | 'some' | 'all') => (name: string) =>
  kind === 'all' || (kind === 'some' && /^(?:feature|release)/.test(name));

/** Rows that must be alive, and those of them that must be known to be on the default branch. */
function truthOf(git: GitRepository, settings: Settings) {
  const main = git.branches.get(git.head);
  const onDefault = reach(main === undefined ? [] : [main]);
  const read = [...git.branches].filter(([name]) => name === git.head || settings.selects(name)).map(([, tip]) => tip);
  const alive = new Set([...reach(read)].filter(({ date }) => date >= settings.beginning).map(({ id }) => id));
  return { alive, onDefault: new Set([...onDefault].map(({ id }) => id).filter((id) => alive.has(id))) };
}

async function run(model: Model): Promise<string[]> {
  const git = new GitRepository();
  git.push('main', 3, (index) => dateOf(git, index));
  const server = new Server(git, model.pageSize);
  const connection = new Connection(server, { ...DEFAULT_ONLY, selects: selects(model.patterns) });
  const [problems, everDefault]: [string[], Set<string>] = [[], new Set()];
  const all = new Map<string, GraphCommit>();
  const lost = new Set<GraphCommit>();
  const happen = ([kind, a, b]: Event) => {
    EVENTS[kind](git, a, b);
    for (const commit of reach([...git.branches.values()])) all.set(commit.id, commit);
    for (const id of truthOf(git, connection.settings).onDefault) everDefault.add(id);
  };
  const sync = async (steps?: number, lands?: boolean) => {
    const outcome = await connection.sync(steps, lands);
    // What is lost can be named no more, and neither can what left with it.
    for (const warning of outcome.warnings)
      for (const [id] of warning.matchAll(/\b[0-9a-f]{40}\b/g)) if (all.has(id)) lost.add(all.get(id)!);
    const keys = outcome.rows.map(({ id }) => id);
    if (new Set(keys).size !== keys.length) problems.push(`a commit comes twice in one sync: ${keys.join(' ')}`);
    return outcome;
  };
  happen(['keep', 0, 0]);
  git.kept.clear();
  for (const each of model.steps) {
    if (model.changes && each.patterns !== null)
      connection.settings = { ...connection.settings, selects: selects(each.patterns) };
    if (model.changes && each.beginning !== null)
      connection.settings = {
        ...connection.settings,
        beginning: each.beginning === 0 ? -Infinity : dateOf(git, 0) + each.beginning * DAY,
      };
    for (const happening of each.before) happen(happening);
    const first = server.requests.length;
    server.onRequest = (number) => {
      for (const [at, happening] of each.during) if (number - first === at) happen(happening);
      if (number - first === each.kill) throw new Killed();
    };
    const { error } = await sync(each.cut ?? undefined, each.lands);
    if (error !== null && !(error instanceof Killed) && !/does not exist/.test(error.message)) throw error;
  }
  server.onRequest = () => undefined;
  if (model.changes) {
    connection.settings = { ...connection.settings, selects: () => true, beginning: -Infinity };
    for (const id of truthOf(git, connection.settings).onDefault) everDefault.add(id);
  }
  for (const happening of model.last) happen(happening);
  const last = await sync();
  if (last.error !== null) throw last.error;
  const truth = truthOf(git, connection.settings);
  const excused = new Set([...reach(lost)].map(({ id }) => id));
  const alive = connection.alive();
  for (const id of truth.alive) if (!alive.has(id) && !connection.uncoveredTombstones.has(id)) problems.push(`${id} is missing`);
  for (const id of alive)
    if (!truth.alive.has(id) && !excused.has(id) && !connection.uncovered.has(id))
      problems.push(`${id} left, and has no tombstone`);
  for (const { id, on_default_branch: claim } of connection.warehouse.values()) {
    if (truth.onDefault.has(id) && claim !== true && alive.has(id) && !connection.uncovered.has(id))
      problems.push(`${id} is on the default branch`);
    if (claim === true && !everDefault.has(id)) problems.push(`${id} never was on the default branch`);
  }
  const quiet = await sync();
  if (quiet.rows.length > 0 || quiet.requests.join() !== 'branches')
    problems.push(`with nothing new: ${quiet.requests.join(', ')}; ${quiet.rows.length} rows`);
  return problems;
}

const { MODEL_RUNS = '2400', MODEL_SEED = '20261126', MODEL_PATH } = process.env;

test('whatever happens to branches and to syncs, one quiet sync later the commits in the warehouse are those of the graph', async () => {
  const property = fc.asyncProperty(anyCase, async (model) => {
    expect(await run(model)).toEqual([]);
  });
  await fc.assert(property, {
    numRuns: Number(MODEL_RUNS),
    seed: MODEL_SEED === 'random' ? Date.now() % 1e9 : Number(MODEL_SEED),
    ...(MODEL_PATH !== undefined && { path: MODEL_PATH }),
  });
}, 600_000);
