import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_PATH } from '../../src/webhooks/receiver/default-path';
import { EXECUTABLE } from '../support/connector';

const SECRET = 'a secret of sixteen or more letters';
const TOKEN = 'NjM4OTM4OTM4OTM4OrSecretOfTheToken';

describe('serve speaks', () => {
  const folder = mkdtempSync(join(tmpdir(), 'speaks-'));
  let child: ChildProcess;
  let said: string;
  let url: string;

  async function start(args: readonly string[], env: Record<string, string> = {}): Promise<void> {
    const config = join(folder, 'config.json');
    writeFileSync(
      config,
      JSON.stringify({
        server_url: 'http://127.0.0.1:1',
        credentials: { auth_type: 'token', token: TOKEN },
        webhook_secret: SECRET,
        webhook_inbox: join(folder, 'inbox'),
      }),
    );
    const options = {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'inherit'] as ['ignore', 'pipe', 'inherit'],
    };
    const serving = spawn(process.execPath, [EXECUTABLE, 'serve', '--config', config, '--port', '0', ...args], options);
    child = serving;
    said = '';
    await new Promise<void>((resolve) =>
      serving.stdout.on('data', (piece: Buffer) => {
        said += piece.toString();
        if (said.includes('events are received')) resolve();
      }),
    );
    url = /^listening on (\S+)$/m.exec(said)![1]!;
  }
  afterEach(async () => {
    if (child.exitCode !== null || !child.kill('SIGTERM')) return;
    await once(child, 'close');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function send(payload: object, headers: Record<string, string> = {}): Promise<void> {
    const body = JSON.stringify(payload);
    const signature = `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;
    const usual = { 'content-type': 'application/json', 'x-event-key': 'pr:opened', 'x-hub-signature': signature };
    await fetch(url + DEFAULT_PATH, { method: 'POST', body, headers: { ...usual, ...headers } });
  }

  const opened = {
    eventKey: 'pr:opened',
    pullRequest: {
      id: 7,
      title: 'Never shown',
      toRef: { repository: { id: 12, slug: 'backend', project: { id: 1, key: 'DATA' } } },
    },
  };
  const sayAll = async () => {
    await send(opened, { 'x-request-id': 'delivery-1' });
    await send(opened, { 'x-request-id': 'delivery-1' });
    await send({ ...opened, eventKey: 'evil\u001b[2J\nFAKE' }, { 'x-request-id': 'x'.repeat(5000) });
    await send({ test: true }, { 'x-event-key': 'diagnostics:ping', 'x-hub-signature': '' });
    await fetch(`${url}/health?token=${TOKEN}`);
    await fetch(`${url}/else/${TOKEN}`);
    child.kill('SIGTERM');
    await once(child, 'close');
    return said.split('\n').slice(2, -1);
  };

  it.each([
    ['with --debug', ['--debug'], {}],
    ['with LOG_LEVEL=debug', [], { LOG_LEVEL: 'debug' }],
  ] as const)('%s of each request: which event, of which repository, whence, and what came of it', async (_, args, env) => {
    rmSync(join(folder, 'inbox'), { recursive: true, force: true });
    await start(args, env);
    const told = await sayAll();
    const times = told.map((line) => /^\d\d:\d\d:\d\d {2}(DEBUG|INFO {1,2}) {1,2}/.exec(line)?.[1]?.trim());
    expect(times).toEqual(['DEBUG', 'DEBUG', 'DEBUG', 'INFO', 'DEBUG', 'DEBUG', 'DEBUG']);
    const lines = told.map((line) => line.slice(17).replace(/\d+ ms/, 'N ms'));
    const from = `POST ${DEFAULT_PATH} 200 N ms from 127.0.0.1:`;
    expect(lines).toEqual([
      `${from} accepted pr:opened of DATA/backend, pull request 7, delivery delivery-1`,
      `${from} came before, pr:opened of DATA/backend, pull request 7, delivery delivery-1`,
      `${from} accepted evil [2J FAKE of DATA/backend, pull request 7, delivery ${'x'.repeat(200)} …`,
      expect.stringMatching(/^refused 127\.0\.0\.1: 401 /),
      expect.stringMatching(/^POST \S+ 401 N ms from 127\.0\.0\.1: refused, The /),
      'GET /health 200 N ms from 127.0.0.1',
      expect.stringMatching(/^GET \/else\/\S+ 404 N ms from 127\.0\.0\.1$/),
    ]);
    expect(said).not.toMatch(new RegExp(`${TOKEN}|${SECRET}|Never shown`));
  });

  it('of refusals alone without it', async () => {
    rmSync(join(folder, 'inbox'), { recursive: true, force: true });
    await start([]);
    expect(await sayAll()).toEqual([expect.stringMatching(/^\d\d:\d\d:\d\d {2}INFO {3}refused 127\.0\.0\.1: 401 /)]);
  });
});
