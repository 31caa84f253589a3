import { client } from './client';
import { Simulator } from './index';

const LIST = '/projects/WEB/repos/frontend/pull-requests?state=ALL';
const size = { projects: 2, repositoriesPerProject: 2, pullRequestsPerRepository: 40 };
let simulator: Simulator;

const start = async (options: Parameters<typeof Simulator.start>[0]): Promise<ReturnType<typeof client>> => {
  simulator = await Simulator.start({ dataset: size, ...options });
  return client(simulator);
};
afterEach(() => simulator.stop());

test('a page without limit has 25 entries and names the next', async () => {
  const { body } = await (await start({})).get(LIST);
  expect(body).toMatchObject({ size: 25, limit: 25, start: 0, isLastPage: false, nextPageStart: 25 });
  expect(body.values).toHaveLength(25);
});

test.each([
  ['9.4.0', { nextPageStart: null }],
  ['8.19.0', {}],
] as const)('the last page of %s ends the walk in its own way', async (version, rest) => {
  const server = await start({ version });
  const { values, ...envelope } = (await server.get(`${LIST}&start=25`)).body;
  expect(envelope).toEqual({ size: 15, limit: 25, isLastPage: true, start: 25, ...rest });
  expect(values).toHaveLength(15);
});

test('a limit beyond the cap is clamped, and the answer tells', async () => {
  const server = await start({ caps: { pullRequests: 7 } });
  expect((await server.get(`${LIST}&limit=1000`)).body).toMatchObject({ limit: 7, size: 7, nextPageStart: 7 });
  expect(await server.all(LIST, 1000)).toHaveLength(40);
});

test.each([1, 2, 3, 7, 25, 1000])('sparse pages of %i hold the same entries, with gaps', async (limit) => {
  const server = await start({});
  const complete = await server.all(LIST, 1000);
  simulator.settings.sparsePages = true;
  const sparse = await server.all(LIST, limit);
  expect(sparse.map(({ id }) => id as number)).toEqual(complete.map(({ id }) => id as number));
  const pages = simulator.requests.slice(1).map(({ query }) => Number(query['start']));
  expect(pages.some((each, index) => index > 0 && each !== pages[index - 1]! + limit)).toBe(true);
});

test('a sparse listing has a page of nothing that is not the last, and jumps over hidden entries', async () => {
  const server = await start({ sparsePages: true });
  expect((await server.get(`${LIST}&limit=1`)).body).toMatchObject({ size: 1, nextPageStart: 2 });
  const first = (await server.get(LIST)).body;
  expect(first).toMatchObject({ size: 4, isLastPage: false });
  expect((await server.get(`${LIST}&start=${first.nextPageStart as number}`)).body).toMatchObject({
    size: 0,
    values: [],
    isLastPage: false,
  });
});

test('a sparse listing of few entries is complete as well', async () => {
  const server = await start({ sparsePages: true });
  for (const limit of [1, 2, 25]) {
    expect((await server.all('/projects', limit)).map(({ key }) => key as string)).toEqual(['PAY', 'WEB']);
    expect(await server.all('/projects/WEB/repos', limit)).toHaveLength(2);
  }
});

test('changes come in one page whatever is asked', async () => {
  const server = await start({ dataset: 'tiny', caps: { changes: 5 } });
  const { body } = await server.get('/projects/PLAYG/repos/service/pull-requests/1/changes?start=5&limit=1000');
  expect(body).toMatchObject({ start: 0, size: 5, limit: 5, isLastPage: false, nextPageStart: null });
});

test('an event between two pages shifts what follows, as on a live server', async () => {
  const server = await start({});
  const ids = (await server.all(LIST, 1000)).map(({ id }) => id as number);
  const first = (await server.get(`${LIST}&limit=10`)).body.values.map(({ id }: { id: number }) => id);
  simulator.history.edit({ repositoryId: 1, id: ids[20]! }, { title: 'Jumps to the front' });
  const second = (await server.get(`${LIST}&limit=10&start=10`)).body.values.map(({ id }: { id: number }) => id);
  expect(first).toEqual(ids.slice(0, 10));
  expect(second).toEqual(ids.slice(9, 19));
});
