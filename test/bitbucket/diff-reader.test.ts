import nock from 'nock';
import { connection, ORIGIN } from './support/connection';

const REPOSITORY = { id: 7, key: 'PLAT', slug: 'api', fullName: 'PLAT/api' };
const PATH = '/bitbucket/rest/api/1.0/projects/PLAT/repos/api/pull-requests/12';
const RAW = 'diff --git src://a.txt dst://a.txt\n--- src://a.txt\n+++ dst://a.txt\n@@ -1,1 +1,2 @@\n x\n+y\n';
const path = (name: string) => ({ components: [name], toString: name });
const json = (truncated: boolean, names: readonly string[] = ['a.txt']) => ({
  truncated,
  diffs: names.map((name) => ({
    source: path(name),
    destination: path(name),
    hunks: [{ segments: [{ type: 'ADDED', lines: [{ line: 'SOURCE' }] }] }],
  })),
});
const changes = (...names: string[]) => ({
  values: names.map((name) => ({ path: path(name), type: 'MODIFY' })),
  isLastPage: true,
});
const gitGaveUp = {
  errors: [
    { context: null, message: '"git diff" process timed out', exceptionName: 'com.atlassian.bitbucket.scm.CommandException' },
  ],
};
const file = (name: string, additions: number) => ({ path: name, additions, deletions: 0, type: 'MODIFY' });

/** How each form is answered; forms that are not named are not asked for. */
interface Server {
  raw?: (reply: nock.Interceptor, n: number) => nock.Scope;
  json?: (reply: nock.Interceptor, n: number) => nock.Scope;
  dotDiff?: (reply: nock.Interceptor, n: number) => nock.Scope;
  changes?: object;
}
let asked: string[] = [];

function serve({ raw, json: asJson, dotDiff, changes: files }: Server): void {
  const note = (form: string, scope: nock.Scope) => scope.on('request', () => asked.push(form));
  const accepting = (accept: string) => nock(ORIGIN, { reqheaders: { accept } }).get(`${PATH}/diff`).query(true);
  for (let n = 1; n <= 5; n++) {
    if (raw !== undefined) note('raw', raw(accepting('text/plain'), n));
    if (asJson !== undefined) note('json', asJson(accepting('application/json'), n));
    if (dotDiff !== undefined) note('.diff', dotDiff(nock(ORIGIN).get(`${PATH}.diff`), n));
  }
  if (files !== undefined) note('changes', nock(ORIGIN).get(`${PATH}/changes`).query(true).reply(200, files));
}
const read = () => connection().bitbucket.of(REPOSITORY).diff(12);

beforeAll(() => nock.disableNetConnect());
beforeEach(() => (asked = []));
afterEach(() => nock.cleanAll());
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});

const text = { 'content-type': 'text/plain' };

describe('a raw diff that never comes', () => {
  it.each([
    ['git was given up on', (reply: nock.Interceptor) => reply.reply(500, gitGaveUp), 1],
    ['a gateway has no patience', (reply: nock.Interceptor) => reply.reply(504, ''), 1],
    ['nothing comes', (reply: nock.Interceptor) => reply.delay(1500).reply(200, RAW, text), 1],
    ['it ends in the middle of a hunk, each time', (reply: nock.Interceptor) => reply.reply(200, RAW.slice(0, -4), text), 3],
  ])('(%s) is read as JSON, and as far as that goes, completed from /changes', async (_, raw, attempts) => {
    serve({ raw, json: (reply) => reply.reply(200, json(true)), changes: changes('a.txt', 'b.txt') });
    await expect(read()).resolves.toMatchObject({ truncated: true, files: [file('a.txt', 1), file('b.txt', 0)] });
    const once = [...Array<string>(attempts).fill('raw'), 'json', 'changes'];
    // What was late may have been so for a moment; what broke off was tried often enough.
    expect(asked).toEqual(attempts === 1 ? [...once, 'raw'] : once);
  });

  it.each([502, 504])(
    'for a moment (%i, as while a proxy is restarted) is whole once the server answers again',
    async (status) => {
      serve({
        raw: (reply, n) => (n === 1 ? reply.reply(status, '') : reply.reply(200, RAW, text)),
        json: (reply) => reply.reply(status, ''),
        changes: changes('a.txt'),
      });
      await expect(read()).resolves.toMatchObject({ truncated: false, files: [file('a.txt', 1)] });
      expect(asked).toEqual(['raw', 'json', 'changes', 'raw']);
    },
  );

  it('for a moment, of which the JSON form gives a part, is whole as well', async () => {
    serve({
      raw: (reply, n) => (n === 1 ? reply.reply(504, '') : reply.reply(200, RAW, text)),
      json: (reply) => reply.reply(200, json(true)),
      changes: changes('a.txt', 'b.txt'),
    });
    await expect(read()).resolves.toMatchObject({ truncated: false, files: [file('a.txt', 1)] });
  });

  it('is not truncated where the JSON form gives it all', async () => {
    serve({ raw: (reply) => reply.reply(504, ''), json: (reply) => reply.reply(200, json(false)) });
    await expect(read()).resolves.toMatchObject({ truncated: false, files: [file('a.txt', 1)] });
  });

  it('is the names of its files where the JSON form does not come either', async () => {
    serve({
      raw: (reply) => reply.reply(504, ''),
      json: (reply) => reply.reply(500, gitGaveUp),
      changes: changes('a.txt', 'b.txt'),
    });
    await expect(read()).resolves.toMatchObject({ truncated: true, files: [file('a.txt', 0), file('b.txt', 0)] });
  });

  it('is pending where nothing comes in any form', async () => {
    serve({ raw: (reply) => reply.reply(504, ''), json: (reply) => reply.reply(504, '') });
    nock(ORIGIN).get(`${PATH}/changes`).query(true).reply(504, '').persist();
    await expect(read()).rejects.toMatchObject({ kind: 'unavailable', details: { status: 504 } });
  });

  it('that breaks off once is read again, and is whole', async () => {
    serve({ raw: (reply, n) => reply.reply(200, n === 1 ? RAW.slice(0, -4) : RAW, text) });
    await expect(read()).resolves.toMatchObject({ truncated: false, files: [file('a.txt', 1)] });
    expect(asked).toEqual(['raw', 'raw']);
  });

  it.each([500, 503])('for a reason of the server’s own (%i) is no reason for another form: it is pending', async (status) => {
    serve({ raw: (reply) => reply.reply(status, ''), json: (reply) => reply.reply(200, json(false)) });
    await expect(read()).rejects.toMatchObject({ kind: 'unavailable', details: { status } });
    expect(asked).not.toContain('json');
  });
});

it('where raw diffs are refused, a JSON diff that is cut off is completed from .diff', async () => {
  serve({
    raw: (reply) => reply.reply(406, ''),
    json: (reply) => reply.reply(200, json(true)),
    dotDiff: (reply) => reply.reply(200, RAW, text),
  });
  await expect(read()).resolves.toMatchObject({ truncated: false, files: [file('a.txt', 1)] });
  expect(asked).toEqual(['raw', 'json', '.diff']);
});

it.each([
  ['comes late', 'late', ['raw', 'json', '.diff', 'changes', '.diff']],
  ['comes', 'at once', ['raw', 'json', '.diff']],
])('where raw diffs are refused and JSON never comes, .diff serves, also where it %s', async (_, when, order) => {
  serve({
    raw: (reply) => reply.reply(406, ''),
    json: (reply) => reply.reply(504, ''),
    dotDiff: (reply, n) => (when === 'late' && n === 1 ? reply.reply(502, '') : reply.reply(200, RAW, text)),
    changes: changes('a.txt'),
  });
  await expect(read()).resolves.toMatchObject({ truncated: false, files: [file('a.txt', 1)] });
  expect(asked).toEqual(order);
});

it.each([{ diffs: null }, { diffs: {} }, null])('JSON that is no diff (%j) is none: it is pending', async (document) => {
  serve({ raw: (reply) => reply.reply(406, ''), json: (reply) => reply.reply(200, document as object) });
  await expect(read()).rejects.toMatchObject({ kind: 'unexpected_answer' });
});

it.each([
  [{ diffs: [null, { source: path('a.txt'), destination: path('a.txt'), hunks: null }] }, true],
  [{ diffs: [{ source: path('a.txt'), destination: path('a.txt'), hunks: 'x' }] }, false],
  [
    {
      diffs: [
        {
          source: path('a.txt'),
          destination: path('a.txt'),
          hunks: [null, { segments: null }, { segments: [7, { lines: 'x', type: 'ADDED' }] }],
        },
      ],
    },
    false,
  ],
  [{ diffs: [{ source: { components: null, name: 'a.txt' }, destination: 'a.txt', hunks: {} }] }, false],
])('no null and no other type in a JSON diff (%j) is more than a file without counts', async (document, truncated) => {
  serve({
    raw: (reply) => reply.reply(406, ''),
    json: (reply) => reply.reply(200, document),
    dotDiff: (reply) => reply.reply(404, ''),
    changes: changes('a.txt'),
  });
  await expect(read()).resolves.toMatchObject({ truncated, files: [file('a.txt', 0)] });
});
