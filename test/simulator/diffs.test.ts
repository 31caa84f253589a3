import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { client } from './client';
import { hugeFile, Simulator, type SimulatorOptions } from './index';

const PATH = '/projects/PLAYG/repos/service/pull-requests/1';
const TEXT = { Accept: 'text/plain' };
let simulator: Simulator;
const start = async (options: SimulatorOptions = {}): Promise<ReturnType<typeof client>> => {
  simulator = await Simulator.start(options);
  return client(simulator);
};
afterEach(() => simulator.stop());

/** Git's own opinion: a patch with plain prefixes, counted by `git apply --numstat`. */
const countedByGit = (patch: string): string[] => {
  const folder = mkdtempSync(join(tmpdir(), 'patch-'));
  const plain = patch.replace(
    /^(diff --git |--- |\+\+\+ )(.*)$/gm,
    (_line, start: string, rest: string) => start + rest.replaceAll('src://', 'a/').replaceAll('dst://', 'b/'),
  );
  writeFileSync(join(folder, 'patch'), plain);
  const { stdout, status, stderr } = spawnSync('git', ['-c', 'core.quotePath=false', 'apply', '--numstat', '-z', 'patch'], {
    cwd: folder,
    encoding: 'utf8',
  });
  rmSync(folder, { recursive: true });
  if (status !== 0) throw new Error(stderr);
  return stdout.split('\0').filter((line) => line !== '');
};

test('git reads the raw diff and counts what truth counts', async () => {
  for (const query of ['', '?contextLines=0']) {
    const server = await start();
    const { text, headers } = await server.get(`${PATH}/diff${query}`, TEXT);
    expect(headers.get('content-type')).toBe('text/plain;charset=UTF-8');
    const [row] = simulator.truth
      .rows('pull_request_diffs')
      .filter(({ repository_id, pull_request_id }) => repository_id === 1 && pull_request_id === 1);
    const files = row!['files'] as { path: string; additions: number; deletions: number; binary: boolean }[];
    const odd = (name: string): boolean => !name.includes('dst:/');
    const expected = files.map(({ path, additions, deletions, binary }) =>
      binary ? `-\t-\t${path}` : `${additions}\t${deletions}\t${path}`,
    );
    expect(countedByGit(text).filter(odd)).toEqual(expected.filter(odd));
    if (query === '') await simulator.stop();
  }
});

test('the raw diff has what trips parsers', async () => {
  const { text } = await (await start()).get(`${PATH}/diff`, TEXT);
  for (const line of [
    '--- /dev/null',
    '+++ /dev/null',
    'Binary files /dev/null and dst://img/logo.png differ',
    'rename from lib/original.ts',
    'copy to lib/copied.ts',
    'old mode 100644',
    'diff --git "src://docs/caf\\303\\251.txt" "dst://docs/caf\\303\\251.txt"',
    '+++ dst://docs/path with spaces.txt\t',
    '\\ No newline at end of file',
    '--- a',
    '+++ b',
    ' diff --git src://a dst://b',
    ' @@ -1,2 +1,2 @@',
    'index 00000000000..34632655245',
  ])
    expect(text.split('\n')).toContain(line);
  expect(text).toContain('\r\n');
});

test('JSON stops at the cap of lines, and says so at the root', async () => {
  const server = await start({ maxDiffLines: 30 });
  const { body } = await server.get(`${PATH}/diff`);
  expect(body.truncated).toBe(true);
  expect(body.diffs.length).toBeLessThan(18);
  expect(
    body.diffs
      .flatMap((file: any) => file.hunks ?? [])
      .flatMap((hunk: any) => hunk.segments)
      .flatMap((segment: any) => segment.lines),
  ).toHaveLength(30);
});

test.each([
  ['refused', 406, ''],
  ['json', 200, '{"fromHash"'],
  ['text', 200, 'diff --git'],
] as const)('a server whose raw diffs are %s answers %i', async (rawDiff, status, beginning) => {
  const answer = await (await start({ rawDiff })).get(`${PATH}/diff`, TEXT);
  expect([answer.status, answer.text.startsWith(beginning)]).toEqual([status, true]);
});

test('the .diff address streams the same text, where the version has it', async () => {
  const server = await start({ rawDiff: 'refused' });
  expect((await server.get(`${PATH}.diff`, TEXT)).text).toMatch(/^diff --git src:/);
  await simulator.stop();
  expect((await (await start({ version: '5.16.0' })).get(`${PATH}.diff`, TEXT)).body).toMatchObject({ 'status-code': 404 });
});

test('a diff of nothing is empty', async () => {
  const server = await start();
  const id = simulator.world
    .repository('PLAYG/service')
    .pullRequests.ids('ALL')
    .find((each) => simulator.world.repository('PLAYG/service').pullRequests.get(each)?.files.length === 0);
  const answer = await server.get(`/projects/PLAYG/repos/service/pull-requests/${id ?? 0}/diff`, TEXT);
  expect([answer.status, answer.text]).toEqual([200, '']);
});

test('thirty megabytes are made while they are sent', async () => {
  const server = await start();
  const { id } = simulator.history.createPullRequest('PLAYG/service', {
    author: 'jane',
    files: [hugeFile('data/huge.txt', 30e6)],
  });
  const answer = await server.get(`/projects/PLAYG/repos/service/pull-requests/${id}/diff`, {
    ...TEXT,
    'Accept-Encoding': 'identity',
  });
  expect(answer.text.length).toBeGreaterThan(30e6);
  const [row] = simulator.truth
    .rows('pull_request_diffs', { repositories: ['PLAYG/service'] })
    .filter(({ pull_request_id }) => pull_request_id === id);
  expect(row!['additions']).toBe(
    answer.text.split('\n').filter((line) => line.startsWith('+') && !line.startsWith('+++')).length,
  );
});
