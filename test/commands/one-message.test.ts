import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalogOf, type Outcome, run, writeFiles } from '../support/connector';

const LOGIN = { auth_type: 'token', token: 't-0-p-s-e-c-r-e-t' };
const INBOX = { webhook_secret: 'a secret of sixteen or more letters', webhook_inbox: '/nowhere/inbox' };
/** Everything that reads a configuration, as a person types it. */
const COMMANDS = ['check', 'discover', 'read', 'sync', 'plan', 'doctor', 'serve', 'webhooks list', 'credentials list'] as const;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'one-message-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function saidBy(command: string, config: object): Promise<Outcome & { readonly text: string }> {
  const files = writeFiles(folder, { config, ...(command === 'read' && { catalog: catalogOf() }) });
  const outcome = await run([...command.split(' '), ...files], { cwd: folder });
  // What a machine reads has its quotes escaped; what stands behind the name of a step is broken by nobody.
  return { ...outcome, text: `${outcome.stdout}${outcome.stderr}`.replaceAll('\\"', '"') };
}

describe('a field that was written under another name is named where it is missing', () => {
  it.each(COMMANDS)('by %s', async (command) => {
    const address = await saidBy(command, { server_ur: 'http://127.0.0.1:1', credentials: LOGIN });
    expect(address.text).toContain(
      'server_url is missing: it is required. "server_ur" is no field of the configuration and is ignored: did you mean "server_url"?',
    );
    const login = await saidBy(command, { server_url: 'http://127.0.0.1:1', credentials: { auth_type: 'token', tokn: 'x' } });
    expect(login.text).toMatch(
      /credentials\.token must be a text .*\. "credentials\.tokn" is no field .*: did you mean "token"\?/,
    );
  });
});

it('plan says it once', async () => {
  const { text } = await saidBy('plan', { server_ur: 'http://127.0.0.1:1', credentials: LOGIN });
  expect(text.match(/did you mean/g)).toHaveLength(1);
});

it.each(['sync', 'plan', 'doctor', 'serve', 'webhooks list'])(
  '%s says in the same words that --config is missing',
  async (command) => {
    expect(await run(command.split(' '))).toMatchObject({
      code: 1,
      stdout: '',
      stderr: '--config is missing: give a JSON file, such as --config config.json.\n',
    });
  },
);

describe('a server that cannot be reached is told at once, in the same words', () => {
  let silent: string;
  beforeAll(async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    silent = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await new Promise((resolve) => server.close(resolve));
  });

  it.each(['sync', 'plan', 'webhooks list', 'webhooks ensure --url https://hooks.example.com/x'])('by %s', async (command) => {
    for (const [server_url, cause] of [
      [silent, 'ECONNREFUSED'],
      ['http://no-such-host.invalid', 'ENOTFOUND'],
    ] as const) {
      const config = { server_url, credentials: LOGIN, ...INBOX, webhook_inbox: join(folder, 'inbox') };
      const { text, code, milliseconds } = await saidBy(command, config);
      expect([code, text]).toEqual([1, expect.stringMatching(new RegExp(`server_unreachable: .*${cause}`))]);
      expect(text).not.toMatch(/attempt \d/);
      expect(milliseconds).toBeLessThan(2500);
    }
  });
});
