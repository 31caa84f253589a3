import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { Simulator } from '../simulator';
import { configFor, EXECUTABLE } from '../support/connector';

const SECRET = 'a secret of sixteen or more letters';

/** What a copy of the database says: the original belongs to the process that writes it. */
async function ask(database: string, copy: string, statement: string): Promise<unknown[][]> {
  for (const suffix of ['', '.wal']) {
    rmSync(copy + suffix, { force: true });
    if (existsSync(database + suffix)) copyFileSync(database + suffix, copy + suffix);
  }
  const instance = await DuckDBInstance.create(copy);
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(statement)).getRows();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function until<T>(what: () => Promise<T | false>, limitMs: number): Promise<T> {
  for (const deadline = Date.now() + limitMs; Date.now() < deadline; await sleep(100)) {
    const result = await what().catch(() => false as const);
    if (result !== false) return result;
  }
  throw new Error('It did not happen in time');
}

test('what happens on the server is a row in DuckDB seconds later, with serve and sync --follow running', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'end-to-end-'));
  const simulator = await Simulator.start({ version: '10.4.0' });
  const config = join(folder, 'config.json');
  writeFileSync(config, JSON.stringify(configFor(simulator, { webhook_secret: SECRET, webhook_inbox: join(folder, 'inbox') })));
  const children: ChildProcess[] = [];
  const start = (...args: string[]) => {
    const child = spawn(process.execPath, [EXECUTABLE, ...args, '--config', config], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    return child;
  };
  const line = (child: ReturnType<typeof start>, pattern: RegExp) =>
    new Promise<string>((resolve) => {
      createInterface({ input: child.stdout }).on('line', (text) => {
        const found = pattern.exec(text)?.[1];
        if (found !== undefined) resolve(found);
      });
    });
  try {
    const url = await line(start('serve', '--port', '0'), /^listening on (http:\/\/\S+)$/);
    const receiver = `${url}/webhooks/bitbucket_data_center`;
    await line(start('webhooks', 'ensure', '--apply', '--url', receiver), /(changes)\.$/);
    expect(await simulator.webhooks.ping(receiver)).toBe(200);
    const database = join(folder, 'rows.duckdb');
    start('sync', '--follow', '0.5', '--database', database).stdout.resume();
    const rows = (statement: string) => ask(database, join(folder, 'copy.duckdb'), statement);
    const count = 'SELECT count(*) FROM pull_request_activities';
    await until(async () => Number((await rows(count))[0]?.[0]) > 0, 30_000);
    const user = simulator.world.users.find((each) => each.active && each.type === 'NORMAL')!;
    const isThere = (comment: number) => async () =>
      (await rows(`SELECT 1 FROM pull_request_activities WHERE comment_id = ${comment}`)).length === 1 || false;
    const repository = simulator.world.visibleRepositories().find(({ pullRequests }) => pullRequests.ids('OPEN').length > 0)!;
    const pullRequest = { repositoryId: repository.id, id: repository.pullRequests.ids('OPEN')[0]! };
    // The list is asked for until the webhook has delivered something, and a sync has seen that.
    for (let round = 0; round < 2; round++)
      await until(isThere(simulator.history.comment(pullRequest, { user: user.id })), 20_000);

    const startedAt = Date.now();
    simulator.clearRequests();
    const comment = simulator.history.comment(pullRequest, { user: user.id, text: 'Seen at once' });
    await until(isThere(comment), 20_000);
    const seconds = (Date.now() - startedAt) / 1000;
    process.stderr.write(`from the event to the row: ${seconds.toFixed(1)} s\n`);
    expect(seconds).toBeLessThan(15);
    const perEvent = simulator.requests.filter(({ path }) =>
      path.includes(`/${repository.project.key}/repos/${repository.slug}/pull-requests`),
    );
    expect(perEvent.map(({ route }) => route).sort()).toEqual(['activities', 'pull-request']);
  } finally {
    await Promise.all(
      children.map(async (child) => {
        if (child.exitCode !== null) return;
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        await ended;
      }),
    );
    await simulator.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
