import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Simulator } from './simulator';
import { catalogOf, configFor, logsOf, type Outcome, read, run, runWith, writeFiles } from './support/connector';
import { protocolViolations } from './support/protocol';

let folder: string;
let simulator: Simulator;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  simulator = await Simulator.start({ version: '9.4.0' });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await simulator.stop();
});
beforeEach(() => {
  simulator.faults.clear();
  simulator.clearRequests();
});

describe('--debug', () => {
  it.each([
    ['before the command', ['--debug', 'read'], {}],
    ['after it', ['read', '--debug'], {}],
    ['as LOG_LEVEL', ['read'], { LOG_LEVEL: 'debug' }],
  ])('%s shows method, path, status and time of each request, and nothing of its headers', async (_name, command, env) => {
    const files = writeFiles(folder, { config: configFor(simulator), catalog: catalogOf(['users']) });
    const outcome = await run([...command, ...files], { env });
    const shown = logsOf(outcome.messages, 'DEBUG');
    expect(outcome.code).toBe(0);
    expect(shown.length).toBe(simulator.requests.length);
    for (const line of shown) expect(line).toMatch(/^GET \/rest\/api\/1\.0\/\S+ \d{3} \d+ ms$/);
    expect(outcome.stdout).not.toMatch(/authorization|Basic |Bearer /i);
    expect(protocolViolations(outcome.stdout)).toEqual([]);
  });

  it('shows what was asked for, query included', async () => {
    const files = writeFiles(folder, { config: configFor(simulator), catalog: catalogOf(['users']) });
    const shown = logsOf((await run(['read', '--debug', ...files])).messages, 'DEBUG').join('\n');
    expect(shown).toContain('GET /rest/api/1.0/admin/users?start=0&limit=1000 200 ');
  });

  describe.each([
    ['doctor', ['doctor', '--json']],
    ['plan', ['plan', '--json']],
    ['webhooks list', ['webhooks', 'list', '--url', 'https://hooks.example.com/x']],
    ['webhooks check', ['webhooks', 'check', '--url', 'http://user:h1dden@127.0.0.1:1/x?key=h1dden']],
    ['credentials create', ['credentials', 'create']],
  ])('of %s', (_name, args) => {
    const runIt = (more: readonly string[], env: Record<string, string>) => {
      const token = simulator.credentials.token;
      const over = {
        ...{ credentials: { auth_type: 'token', token }, webhook_secret: 'h1dden-secret-of-webhooks' },
        ...{ credential_store: mkdtempSync(join(folder, 'store-')), credential_store_key: 'h1dden' },
      };
      const create = ['--config', writeFiles(folder, { config: configFor(simulator, over) })[1]!];
      const alone = [
        '--config',
        writeFiles(folder, { config: configFor(simulator, { ...over, credential_store: null }) }, '.1')[1]!,
      ];
      const input = JSON.stringify({ secrets: { bitbucket_data_center_token: token } });
      return run([...args, ...(args[0] === 'credentials' ? create : alone), ...more], { env, input });
    };

    it.each([
      ['--debug', ['--debug'], {}],
      ['LOG_LEVEL', [], { LOG_LEVEL: 'debug' }],
    ])('(%s) shows each request on stderr, without secrets, and leaves stdout as it is', async (_option, more, env) => {
      const { stdout, stderr } = await runIt(more, env);
      const lines = stderr.split('\n').slice(0, -1);
      const sent = lines.filter((line) => !/ POST \/x /.test(line)); // the probe goes to the receiver
      expect(sent.length).toBe(simulator.requests.length);
      expect(sent.length).toBeGreaterThan(0);
      for (const line of lines) expect(line).toMatch(/^\d\d:\d\d:\d\d {2}DEBUG {2}(GET|POST) \/\S+ (\d{3}|failed) \d+ ms$/);
      for (const secret of ['h1dden', simulator.credentials.token]) expect(stdout + stderr).not.toContain(secret);
      if (!args.includes('webhooks')) expect(() => JSON.parse(stdout) as unknown).not.toThrow();
    });

    it('says nothing of them without', async () => {
      expect((await runIt([], {})).stderr).toBe('');
    });
  });

  it.each([
    [true, ['read', 'check', 'sync', 'doctor', 'plan', 'serve', 'webhooks list', 'webhooks ensure', 'credentials create']],
    [false, ['spec', 'discover', 'report', 'credentials info', 'credentials list', 'credentials delete', 'credentials rekey']],
  ])('is offered (%s) by %j', async (isOffered, commands) => {
    for (const command of commands) {
      const { stdout } = await run([...command.split(' '), '--help']);
      expect([command, stdout.includes('--debug')]).toEqual([command, isOffered]);
    }
    expect(await run(['spec', '--debug'])).toMatchObject({ code: 0, stderr: '', messages: [{ type: 'SPEC' }] });
  });

  it('is off by default', async () => {
    expect(logsOf((await read(simulator, { catalog: catalogOf(['users']) })).messages, 'DEBUG')).toEqual([]);
  });
});

describe('secrets', () => {
  const PASSWORD = 'pa55"wörd\\/+?&%=#~ with blanks';
  const TOKEN = 'BBDC-MDEyMzQ1Njc4OTAxOhb+/4=secret';

  /** The ways in which servers and proxies may write down a text. */
  const disguises = (secret: string): string[] => {
    const base64 = Buffer.from(secret).toString('base64');
    const json = escaped(secret);
    const html = secret.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
    const form = new URLSearchParams({ s: secret }).toString().slice(2);
    return [secret, json, html, encodeURIComponent(secret), form, base64, base64.replace(/=+$/, '')];
  };
  /** As it stands in a line of JSON. */
  const escaped = (text: string) => JSON.stringify(text).slice(1, -1);
  const DISGUISES = disguises('').length;

  /** A server that quotes what it was sent: at `/2/…` in its second disguise. */
  const quoting = async (status: number, contentType: string): Promise<{ server: Server; url: string }> => {
    const server = createServer((request, response) => {
      const sent = request.headers.authorization ?? '';
      const [, which = '0'] = (request.url ?? '').split('/');
      const value = sent.split(' ')[1] ?? '';
      const decoded = sent.startsWith('Basic') ? Buffer.from(value, 'base64').toString() : value;
      const quoted = [decoded.slice(decoded.indexOf(':') + 1), value, decoded].map(
        (text) => disguises(text)[Number(which)] ?? text,
      );
      const [password = '', header = '', pair = ''] = quoted;
      const text = `You sent ${password}, that is ${header}, or ${pair}`;
      const body = contentType.includes('json')
        ? JSON.stringify({ errors: [{ message: text, exceptionName: `com.${password}` }] })
        : `<html><title>${password}</title>${text}</html>`;
      response.writeHead(status, { 'content-type': contentType, 'x-quoted': encodeURIComponent(text) }).end(body);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  };

  const logins = [
    ['a password', { auth_type: 'basic', username: 'svc-airbyte', password: PASSWORD }, [PASSWORD, `svc-airbyte:${PASSWORD}`]],
    ['a token', { auth_type: 'token', token: TOKEN }, [TOKEN]],
  ] as const;

  const expectNone = (outcomes: readonly Outcome[], secrets: readonly string[]) => {
    for (const { stdout, stderr } of outcomes) {
      const forms = secrets.flatMap(disguises);
      for (const form of [...forms, ...forms.map(escaped)]) expect(`${stdout}${stderr}`).not.toContain(form);
    }
  };

  it.each(logins)('(%s) stay out of every byte, whatever fails, with --debug on (63)', async (_name, credentials, secrets) => {
    const env = { LOG_LEVEL: 'debug' };
    const configs = [
      { server_url: simulator.url, credentials },
      { server_url: 'http://127.0.0.1:1', credentials },
      { server_url: simulator.url, credentials: { ...credentials, auth_type: 'other' } },
      { server_url: simulator.url, credentials, max_concurrency: 'many' },
    ];
    const outcomes = await Promise.all(
      configs.flatMap((config) => [
        runWith('check', { config }, { env }),
        runWith('discover', { config }, { env }),
        ...(config.server_url === simulator.url ? [runWith('read', { config, catalog: catalogOf() }, { env })] : []),
      ]),
    );
    simulator.authentication.unlock();
    expectNone([await run(['spec'], { env }), ...outcomes], secrets);
  });

  it.each(logins)(
    '(%s) stay out even where the server quotes them, in whatever disguise (63)',
    async (_name, credentials, secrets) => {
      const answers = [
        [400, 'application/json', DISGUISES],
        [401, 'application/json', 1],
        [404, 'application/json', 1],
        [403, 'text/html', 1],
      ] as const;
      const env = { LOG_LEVEL: 'debug' };
      for (const [status, contentType, disguiseCount] of answers) {
        const { server, url } = await quoting(status, contentType);
        const inputs = (disguise: number) => ({
          config: { server_url: `${url}/${disguise}`, credentials },
          catalog: catalogOf(['users']),
        });
        const outcomes = [await runWith('read', inputs(0), { env })];
        for (let disguise = 0; disguise < disguiseCount; disguise++)
          outcomes.push(await runWith('check', inputs(disguise), { env }));
        server.close();
        if (status === 400) for (const { stdout } of outcomes) expect(stdout).toContain('You sent ****, that is ****, or ');
        expectNone(outcomes, secrets);
      }
    },
  );

  it('stay out of a successful read (63)', async () => {
    const { username, password, token } = simulator.credentials;
    const byPassword = await read(simulator, {}, { env: { LOG_LEVEL: 'debug' } });
    const byToken = await read(
      simulator,
      { config: { credentials: { auth_type: 'token', token } } },
      { env: { LOG_LEVEL: 'debug' } },
    );
    expect([byPassword.code, byToken.code]).toEqual([0, 0]);
    expectNone([byPassword, byToken], [password, token, `${username}:${password}`]);
  });
});
