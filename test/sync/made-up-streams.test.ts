import type { RestUser } from '../../src/bitbucket/api/payloads';
import { BitbucketSource } from '../../src/source';
import { streams } from '../../src/streams';
import { fingerprint } from '../../src/streams/fingerprint';
import { snapshotStream } from '../../src/streams/snapshot-stream';
import type { Described, PullRequestStream, RepositoryStream, Stream, WatchStream } from '../../src/streams/stream';
import { headsOf } from '../../src/streams/watch/heads';
import { recentCommitsOf } from '../../src/streams/watch/recent-commits';
import { assertEachOnce, partsOf } from '../../src/sync/parts';
import { Simulator } from '../simulator';
import { configFor, errorsOf, lastStates, logsOf, type Message, recordsOf, statusesOf } from '../support/connector';
import { Clock, HOUR } from './support/clock';
import { ANN, APP, CEM, type Company, OTHER, startCompany } from './support/company';

/** The people, once more. */
const people = snapshotStream<RestUser>({
  ...{ name: 'people', columns: ['id', 'name', 'changed_at', 'deleted_at'], requestKinds: ['users'], descriptive: [] },
  ...{ what: 'people', permission: 'a licence' },
  list: ({ bitbucket }) => bitbucket.users(),
  get: ({ bitbucket }, slug) => bitbucket.user(slug),
  addressOf: ({ slug }) => slug ?? '',
  selects: () => true,
  selectsKnown: () => true,
  row: ({ id, name }) => ({ id, name }),
});

/** A row for each reviewer of a pull request. */
const reviewers: PullRequestStream = {
  ...{ kind: 'item', of: 'pull requests', name: 'reviewers', cursor: 'seen_at' },
  primaryKey: ['repository_id', 'pull_request_id', 'name'],
  columns: ['repository_id', 'pull_request_id', 'name', 'seen_at', 'deleted_at'],
  requestKinds: ['pull-request'],
  fingerprint: (listed) => fingerprint([listed.version, listed.reviewers]),
  source: {
    from: 'requests',
    rows: async function* ({ id }, api) {
      const { reviewers: found = [] } = await api.pullRequest(id);
      yield found.map(({ user }) => ({
        ...{ repository_id: api.repository.id, pull_request_id: id, name: user?.name, seen_at: '2026-01-01T00:00:00.000Z' },
        deleted_at: null,
      }));
    },
  },
  children: {
    id: ({ name }) => String(name),
    isId: () => true,
    mayBeNone: true,
    key: (repositoryId, pullRequestId, name) => ({ repository_id: repositoryId, pull_request_id: pullRequestId, name }),
  },
};

/** Numbers of pull requests, three at a time, the highest that was written being the state; and the branches. */
const numbers: RepositoryStream<{ readonly upTo: number }> = {
  ...{ kind: 'repository', name: 'numbers', cursor: 'id', readsBranches: true, requestKinds: ['pull-requests', 'branches'] },
  primaryKey: ['repository_id', 'id'],
  columns: ['repository_id', 'id', 'branch', 'deleted_at'],
  state: {
    initial: () => ({ upTo: 0 }),
    parse: ({ up_to }) => (typeof up_to === 'number' ? { upTo: up_to } : null),
    print: ({ upTo }) => ({ up_to: upTo }),
    whenGone: () => null,
  },
  async *read(api, refs, { upTo }) {
    const branch = (await refs.defaultBranch())?.name ?? null;
    const { values } = await api.somePullRequests(0, 1000);
    const ids = values.map(({ id }) => id).sort((a, b) => a - b);
    for (const id of ids.filter((each) => each > upTo)) {
      const rows = [{ repository_id: api.repository.id, id, branch, deleted_at: null }];
      yield id % 3 === 0 ? { rows, covers: { upTo: id } } : { rows };
    }
    yield { rows: [], covers: { upTo: ids.at(-1) ?? upTo } };
  },
};

const verdict: Described = {
  ...{ name: 'verdicts', primaryKey: ['repository_id', 'commit_id', 'key'], cursor: 'changed_at' },
  columns: ['repository_id', 'commit_id', 'key', 'good', 'changed_at', 'deleted_at'],
  requestKinds: ['build-counters', 'builds'],
};

/** Whether each build of a watched commit went well. */
const verdicts: WatchStream = {
  ...{ ...verdict, kind: 'watch', heads: headsOf(verdict), commits: recentCommitsOf(verdict) },
  settings: () => '',
  fingerprint: ({ key, state }) => fingerprint([key, state]),
  row: (commitId, { key, state }, _, { id }) => ({
    ...{ repository_id: id, commit_id: commitId, key, good: state === 'SUCCESSFUL', deleted_at: null },
  }),
};

const MADE_UP: readonly Stream[] = [...streams, people, reviewers, numbers, verdicts];
const clock = new Clock();
let simulator: Simulator;
afterEach(() => simulator.stop());

/** Until somebody says otherwise, every repository has this one branch. */
const branches = (latestCommit = 'a'.repeat(40)) =>
  simulator.faults.add({
    kind: 'wrong-shape',
    path: /\/branches\?/,
    body: JSON.stringify({
      ...{ size: 1, limit: 1000, start: 0, isLastPage: true },
      values: [{ id: 'refs/heads/main', displayId: 'main', type: 'BRANCH', latestCommit, isDefault: true }],
    }),
  });

interface Run {
  readonly succeeded: boolean;
  readonly messages: readonly Message[];
  readonly routes: readonly string[];
}

/** One sync of these streams; cut off after so many messages. */
async function sync(
  names: readonly string[],
  before: readonly Message[] = [],
  config: object = {},
  cut = Infinity,
): Promise<Run> {
  const messages: Message[] = [];
  const killing = new AbortController();
  const first = simulator.requests.length;
  const source = new BitbucketSource(
    {
      ...{ now: clock.now, random: () => 0.5, extraCaCertificates: undefined, signal: killing.signal },
      retryPolicy: { attempts: 2, firstDelayMs: 1 },
    },
    false,
    MADE_UP,
  );
  const catalog = {
    streams: names.map((name) => ({
      ...{ stream: { name, json_schema: {}, supported_sync_modes: ['incremental'] }, sync_mode: 'incremental' },
      destination_sync_mode: 'append_dedup',
    })),
  };
  const reading = source.start(configFor(simulator, config), catalog, lastStates(before), (line) => {
    if (messages.length >= cut) return undefined;
    messages.push(JSON.parse(line) as Message);
    if (messages.length >= cut) killing.abort();
    return undefined;
  });
  const succeeded = await reading.done;
  return { succeeded, messages, routes: simulator.requests.slice(first).map(({ route }) => route) };
}

const ALL = ['people', 'reviewers', 'numbers'];

describe('streams that nobody wrote a line of the engine for', () => {
  beforeEach(async () => {
    ({ simulator } = await startCompany({ clock: clock.now }));
    branches();
  });

  test('are read, checkpointed and reported like the others', async () => {
    const { succeeded, messages } = await sync(ALL);
    expect(succeeded).toBe(true);
    expect(statusesOf(messages)).toEqual(Object.fromEntries(ALL.map((name) => [name, 'COMPLETE'])));
    expect(lastStates(messages)).toHaveLength(ALL.length);
    expect(recordsOf(messages, 'people').length).toBe(simulator.truth.rows('users').length);
    const pullRequests = simulator.truth.rows('pull_requests');
    expect(recordsOf(messages, 'reviewers').length).toBe(pullRequests.flatMap((row) => row.reviewers as unknown[]).length);
    expect(recordsOf(messages, 'numbers').length).toBe(pullRequests.length);
    for (const name of ALL) expect(logsOf(messages, 'INFO').join('\n')).toMatch(new RegExp(`^${name}: \\d+ records?,`, 'm'));
  });

  test('emit nothing when nothing happened', async () => {
    const first = await sync(ALL);
    const quiet = await sync(ALL, first.messages);
    expect(quiet.succeeded).toBe(true);
    for (const name of ALL) expect(recordsOf(quiet.messages, name)).toEqual([]);
  });

  test('tell default branches by the list of branches, which is asked for once per repository', async () => {
    const { messages, routes } = await sync(['repositories', ...ALL]);
    const repositories = recordsOf(messages, 'repositories');
    expect(new Set(repositories.map((row) => row.default_branch))).toEqual(new Set(['main']));
    expect(routes.filter((route) => route === 'default-branch')).toEqual([]);
    const asked = simulator.requests.filter(({ path }) => path.endsWith('/branches'));
    expect(asked.length).toBe(repositories.length);
  });

  test('keep the last known default branch where the branches cannot be listed, and are INCOMPLETE with all that need them', async () => {
    const first = await sync(['repositories', 'numbers', 'reviewers']);
    simulator.faults.clear();
    simulator.faults.add({ kind: 'status', status: 500, path: /\/branches\?/ });
    simulator.history.editRepository(simulator.world.repositories[0]!.id, { description: 'New' });
    const second = await sync(['repositories', 'numbers', 'reviewers'], first.messages);
    expect(statusesOf(second.messages)).toEqual({ repositories: 'INCOMPLETE', numbers: 'INCOMPLETE', reviewers: 'COMPLETE' });
    expect(recordsOf(second.messages, 'repositories')).toMatchObject([{ description: 'New', default_branch: 'main' }]);
    simulator.faults.clear();
    branches();
    const third = await sync(['repositories', 'numbers', 'reviewers'], second.messages);
    expect(third.succeeded).toBe(true);
    expect(recordsOf(third.messages, 'repositories')).toEqual([]);
  });

  test('write tombstones for child rows whose ids are text', async () => {
    const first = await sync(['reviewers']);
    const found = simulator.world.repositories.flatMap(({ pullRequests }) =>
      pullRequests.ids('ALL').map((id) => pullRequests.get(id)!),
    );
    const open = found.find(({ state, reviewers: on }) => state === 'OPEN' && on.length > 0)!;
    const before = recordsOf(first.messages, 'reviewers').filter(
      (row) => row.repository_id === open.repository.id && row.pull_request_id === open.id,
    );
    simulator.history.setReviewers({ repositoryId: open.repository.id, id: open.id }, [CEM]);
    const second = await sync(['reviewers'], first.messages);
    const rows = recordsOf(second.messages, 'reviewers');
    const after = new Set(rows.filter((row) => row.deleted_at === null).map((row) => row.name));
    const gone = before.map((row) => row.name).filter((name) => !after.has(name));
    expect(gone).toHaveLength(1);
    expect(rows.filter((row) => row.deleted_at !== null).map((row) => row.name)).toEqual(gone);
  });

  test('blame a repository that cannot be read, go on with the others, and read it first the next time', async () => {
    const { project, slug, id } = simulator.world.repositories[0]!;
    const fault = simulator.faults.add({
      kind: 'status',
      status: 500,
      path: new RegExp(`/${project.key}/repos/${slug}/pull-requests`),
    });
    const first = await sync(['numbers']);
    expect(statusesOf(first.messages)).toEqual({ numbers: 'INCOMPLETE' });
    expect(errorsOf(first.messages)).toMatchObject([{ stream: 'numbers', failureType: 'transient_error' }]);
    expect(errorsOf(first.messages)[0]!.message).toContain(`repository ${project.key}/${slug}`);
    fault.remove();
    const second = await sync(['numbers'], first.messages);
    expect(second.succeeded).toBe(true);
    expect(new Set(recordsOf(second.messages, 'numbers').map((row) => row.repository_id))).toEqual(new Set([id]));
  });
});

test('a repository stream that is killed goes on behind its last state, one state a step while there is one repository', async () => {
  simulator = await Simulator.start({
    ...{ clock: clock.now, until: clock.now() },
    dataset: { projects: 1, repositoriesPerProject: 1, pullRequestsPerRepository: 40 },
  });
  branches();
  const whole = await sync(['numbers']);
  const all = recordsOf(whole.messages, 'numbers').map((row) => row.id as number);
  const states = whole.messages.filter(({ type }) => type === 'STATE');
  expect(states.length).toBeGreaterThan(all.length / 3);
  for (const cut of [8, 20, 33]) {
    const killed = await sync(['numbers'], [], {}, cut);
    const rest = await sync(['numbers'], killed.messages);
    const before = recordsOf(killed.messages, 'numbers').map((row) => row.id as number);
    const after = recordsOf(rest.messages, 'numbers').map((row) => row.id as number);
    expect([...new Set([...before, ...after])].sort((a, b) => a - b)).toEqual(all);
    expect(after.filter((id) => before.includes(id)).length).toBeLessThanOrEqual(3);
  }
});

describe('a stream that watches commits', () => {
  const told = ({ messages }: Run) =>
    recordsOf(messages, 'verdicts')
      .map(({ key, good, deleted_at }) => `${String(key)} ${deleted_at === null ? String(good) : 'gone'}`)
      .sort();
  let history: Company['history'];

  beforeEach(async () => {
    const company = await startCompany({ clock: clock.now });
    ({ simulator, history } = company);
    for (let n = 1; n <= 9; n++) {
      history.pushCommits(APP, { branch: 'main', commits: 1, user: ANN, at: clock.now() - HOUR });
      history.build(APP, { key: `APP-${n}`, state: n % 3 === 0 ? 'FAILED' : 'SUCCESSFUL' });
    }
    history.build(OTHER, { key: 'LIB-1', state: 'INPROGRESS' });
  });

  test('is read beside the one that there is, and tells what changed and what is gone', async () => {
    const first = await sync(['builds', 'verdicts']);
    expect(statusesOf(first.messages)).toEqual({ builds: 'COMPLETE', verdicts: 'COMPLETE' });
    const states = recordsOf(first.messages, 'builds').map(({ key, state }) => `${String(key)} ${state === 'SUCCESSFUL'}`);
    expect(states).toEqual(expect.arrayContaining(['APP-1 true', 'APP-3 false', 'APP-9 false', 'LIB-1 false']));
    expect(told(first)).toEqual(states.sort());
    history.build(APP, { key: 'APP-9', state: 'SUCCESSFUL' });
    const second = await sync(['verdicts'], first.messages);
    expect(told(second)).toEqual(['APP-9 true']);
    history.deleteBuild(APP, 'APP-9');
    const third = await sync(['verdicts'], second.messages);
    expect(told(third)).toEqual(['APP-9 gone']);
    expect(told(await sync(['verdicts'], third.messages))).toEqual([]);
  });

  test('goes on where it was killed, and names itself in what went wrong', async () => {
    const whole = told(await sync(['verdicts']));
    for (const cut of [4, 8, 11]) {
      const killed = await sync(['verdicts'], [], {}, cut);
      const rest = await sync(['verdicts'], killed.messages);
      expect(rest.succeeded).toBe(true);
      expect([...new Set([...told(killed), ...told(rest)])].sort()).toEqual(whole);
    }
    const fault = simulator.faults.add({ kind: 'status', status: 500, route: 'build-statuses' });
    const failed = await sync(['verdicts']);
    expect(statusesOf(failed.messages)).toEqual({ verdicts: 'INCOMPLETE' });
    expect(errorsOf(failed.messages)).toMatchObject([{ stream: 'verdicts', failureType: 'transient_error' }]);
    fault.remove();
    expect(told(await sync(['verdicts'], failed.messages))).toEqual(whole);
  });
});

test('a repository that is gone and comes back is read anew, and one of another server too', async () => {
  ({ simulator } = await startCompany({ clock: clock.now }));
  branches();
  const first = await sync(['numbers']);
  const { id } = simulator.world.repositories[0]!;
  simulator.history.hideRepository(id, 404);
  const second = await sync(['numbers'], first.messages);
  expect(second.succeeded).toBe(true);
  clock.advance(HOUR);
  simulator.history.showRepository(id);
  const third = await sync(['numbers'], second.messages);
  expect(new Set(recordsOf(third.messages, 'numbers').map((row) => row.repository_id))).toEqual(new Set([id]));
  const other = lastStates(third.messages).map((state) =>
    JSON.parse(JSON.stringify(state).replace(/"hierarchy_id":"[^"]*"/, '"hierarchy_id":"elsewhere"')),
  );
  const fourth = await sync(
    ['numbers'],
    other.map((state: Message) => ({ type: 'STATE', state })),
  );
  expect(logsOf(fourth.messages, 'WARN').join('\n')).toContain('on another server');
  expect(recordsOf(fourth.messages, 'numbers').length).toBeGreaterThan(0);
});

describe('a stream that no part reads, or several', () => {
  const one = [{ stream: people }] as unknown as Parameters<typeof assertEachOnce>[0];

  test('is an error, never a silent success', () => {
    expect(() => assertEachOnce(one, [])).toThrow('people is read by 0 parts');
    expect(() => assertEachOnce(one, [{ streams: ['people'] }, { streams: ['people'] }])).toThrow('people is read by 2 parts');
    expect(() => assertEachOnce(one, [{ streams: ['people', 'users'] }])).not.toThrow();
    expect(() => partsOf([{ kind: 'unheard of', stream: people } as never])).toThrow('people is read by 0 parts');
  });
});
