import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sql } from '../../src/database/sql';
import { defaultLimits, type Delivery, type Inbox, SILENCE_MS } from '../../src/webhooks/inbox/inbox';
import { unknownScope } from '../../src/webhooks/inbox/hook-record';
import { openInbox } from '../../src/webhooks/inbox/open-inbox';
import { postgresPrograms, type PostgresServer, startPostgres } from '../support/postgres';

const NOW = Date.UTC(2026, 0, 1);

const event = (requestId: string, repositoryId: number, pullRequestId: number | null = 1): Delivery => ({
  requestId,
  hint: { repositoryId, pullRequestId, refs: false },
  signed: { repositoryId, projectId: 3, event: 'pr:opened' },
});

const everything = (inbox: Inbox, after = 0) => inbox.read(after, '');
const hintsOf = async (inbox: Inbox, after = 0): Promise<string[]> =>
  (await everything(inbox, after)).hints
    .map(({ repositoryId, pullRequestId }) => `${repositoryId}/${pullRequestId ?? '*'}`)
    .sort();

/** Both stores must do the same. */
function suite(place: () => Promise<string>): void {
  const opened: Inbox[] = [];
  const open = async (where: string, limits = defaultLimits): Promise<Inbox> => {
    const inbox = await openInbox(where, { limits, now: () => NOW });
    opened.push(inbox);
    return inbox;
  };
  /** So much time passes: a database has a clock of its own, so what it holds grows older instead. */
  const pass = async (inbox: Inbox, milliseconds: number): Promise<void> => {
    const { sql } = inbox as unknown as { sql: Sql };
    await sql.write(async (query) => {
      await query('UPDATE webhook_heartbeats SET alive_at = alive_at - $1', [milliseconds]);
      await query('UPDATE webhook_deliveries SET received_at = received_at - $1', [milliseconds]);
      await query('UPDATE webhook_readers SET seen_at = seen_at - $1', [milliseconds]);
    });
  };
  afterEach(async () => {
    for (const inbox of opened.splice(0)) await inbox.close();
  });

  it('marks each pull request once, whatever is sent of it', async () => {
    const inbox = await open(await place());
    const fresh = await inbox.put([event('a', 1, 7), event('b', 1, 7), event('c', 2, 7), event('d', 2, null)]);
    expect([...fresh].sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(await hintsOf(inbox)).toEqual(['1/7', '2/*', '2/7']);
    expect(await inbox.fill()).toMatchObject({ hints: 3, deliveries: 4 });
  });

  it('does nothing for a request id that it knows, in the same transaction or later', async () => {
    const inbox = await open(await place());
    expect([...(await inbox.put([event('a', 1, 1), event('a', 1, 2)]))]).toEqual(['a']);
    expect(await hintsOf(inbox)).toEqual(['1/1']);
    const { position } = await everything(inbox);
    expect((await inbox.put([event('a', 9, 9)])).size).toBe(0);
    expect(await hintsOf(inbox, position)).toEqual([]);
  });

  it('moves a mark behind whoever has seen it when another event comes', async () => {
    const inbox = await open(await place());
    await inbox.put([event('a', 1, 1), event('b', 1, 2)]);
    const { position } = await everything(inbox);
    await inbox.put([event('c', 1, 2)]);
    expect(await hintsOf(inbox, position)).toEqual(['1/2']);
  });

  it('forgets what all of its readers have covered, and tells a reader that has missed something', async () => {
    const inbox = await open(await place());
    await inbox.put([event('a', 1, 1)]);
    const first = await everything(inbox);
    await inbox.acknowledge('x', first.position);
    await inbox.put([event('b', 1, 2)]);
    const second = await everything(inbox, first.position);
    await inbox.acknowledge('y', first.position);
    await inbox.acknowledge('x', second.position);
    expect(await hintsOf(inbox)).toEqual(['1/2']);
    expect((await everything(inbox)).forgottenTo).toBe(first.position);
    await inbox.acknowledge('y', second.position);
    expect(await hintsOf(inbox)).toEqual([]);
    expect((await everything(inbox)).forgottenTo).toBe(second.position);
  });

  it('waits for no reader that has not come for long', async () => {
    const inbox = await open(await place());
    await inbox.acknowledge('gone', 0);
    await pass(inbox, defaultLimits.readerMs + 1000);
    await inbox.put([event('a', 1, 1)]);
    const { position } = await everything(inbox);
    await inbox.acknowledge('x', position);
    expect(await hintsOf(inbox)).toEqual([]);
  });

  it('is the same inbox for whoever opens it, at once or later', async () => {
    const where = await place();
    const [one, other] = await Promise.all([open(where), open(where)]);
    await Promise.all([one.put([event('a', 1, 1), event('b', 1, 2)]), other.put([event('b', 1, 2), event('c', 1, 3)])]);
    const [mine, its] = [await everything(one), await everything(other)];
    expect({ ...mine, now: 0 }).toEqual({ ...its, now: 0 });
    expect(mine.hints).toHaveLength(3);
    expect((await one.fill()).deliveries).toBe(3);
    expect((await everything(await open(where))).epochs).toEqual(mine.epochs);
  });

  it('loses nothing of what many put at once, and shows positions in the order in which they were given', async () => {
    const where = await place();
    const writers = await Promise.all([open(where), open(where), open(where)]);
    const reader = await open(where);
    const seen = new Set<string>();
    let position = 0;
    const writing = { goesOn: true };
    const reading = (async () => {
      for (let last = false; !last;) {
        last = !writing.goesOn;
        await new Promise((resolve) => setImmediate(resolve));
        const look = await everything(reader, position);
        for (const { repositoryId, pullRequestId } of look.hints) seen.add(`${repositoryId}/${pullRequestId ?? 0}`);
        position = look.position;
      }
    })();
    await Promise.all(
      writers.map(async (writer, w) => {
        for (let batch = 0; batch < 20; batch++)
          await writer.put([1, 2, 3].map((n) => event(`${w}-${batch}-${n}`, w + 1, batch * 3 + n)));
      }),
    );
    writing.goesOn = false;
    await reading;
    expect(seen.size).toBe(3 * 20 * 3);
  });

  it('keeps within its limits: old request ids go, and too many hints of a repository become one', async () => {
    const inbox = await open(await place(), { ...defaultLimits, deliveries: 5, hints: 4 });
    await inbox.put([event('old', 2, 1)]);
    await pass(inbox, defaultLimits.deliveryMs + 1000);
    await inbox.put([1, 2].map((n) => event(`n${n}`, 1, n)));
    await pass(inbox, 1000);
    await inbox.put([3, 4, 5, 6].map((n) => event(`n${n}`, 1, n)));
    await inbox.put([event('other', 3, 1)]);
    await inbox.prune();
    expect(await hintsOf(inbox)).toEqual(['1/*', '2/1', '3/1']);
    expect((await inbox.fill()).deliveries).toBe(5);
    expect(await inbox.knows('old')).toBe(false);
    expect(await inbox.knows('other')).toBe(true);
    expect((await inbox.put([event('other', 3, 1)])).size).toBe(0);
  });

  it('tells in which repositories branches or tags changed, until every reader has covered it', async () => {
    const inbox = await open(await place());
    const push = (id: string): Delivery => ({
      ...event(id, 4, null),
      hint: { repositoryId: 4, pullRequestId: null, refs: true },
    });
    await inbox.put([push('a'), event('b', 5, 1)]);
    const { refs, position } = await everything(inbox);
    expect(refs).toEqual([4]);
    await inbox.acknowledge('x', position);
    expect((await everything(inbox)).refs).toEqual([]);
    await inbox.put([push('c')]);
    expect((await everything(inbox, position)).refs).toEqual([4]);
  });

  it('remembers the latest signed event of each kind and repository', async () => {
    const inbox = await open(await place());
    await inbox.put([event('a', 5, 1)]);
    await inbox.put([
      { ...event('b', 5, 1), hint: null },
      { ...event('c', 6, 2), signed: null },
    ]);
    expect(await inbox.signed()).toEqual([{ repositoryId: 5, projectId: 3, event: 'pr:opened', position: 2 }]);
  });

  it('changes what is known of places in one transaction, each after the last', async () => {
    const where = await place();
    const [one, other] = await Promise.all([open(where), open(where)]);
    const count = (inbox: Inbox) =>
      inbox.updateScopes(['project:1', 'repository:2'], (known, at) => ({
        ...known,
        missed: known.missed + 1,
        asked: at.position,
      }));
    await Promise.all([count(one), count(other), count(one)]);
    const { scopes, position } = await everything(one);
    expect(scopes.get('project:1')).toEqual({ ...unknownScope('project:1'), missed: 3, asked: position });
    await one.asked(['project:1'], 77);
    const asked = (await everything(one)).scopes.get('project:1');
    expect(asked).toMatchObject({ missed: 3, asked: 77 });
    expect(Math.abs((await everything(one)).now - asked!.askedAt)).toBeLessThan(60_000);
  });

  it('keeps for each reader where its account may not look', async () => {
    const inbox = await open(await place());
    await inbox.acknowledge('x', 0);
    await inbox.hide('x', ['project:1', 'repository:2']);
    expect([...(await inbox.read(0, 'x')).hidden.keys()].sort()).toEqual(['project:1', 'repository:2']);
    expect((await inbox.read(0, 'y')).hidden.size).toBe(0);
  });

  it('keeps where the receiver is reached, and no longer where it was', async () => {
    const inbox = await open(await place());
    await inbox.noteUrl('https://a.example.com/x', []);
    await inbox.noteUrl('https://b.example.com/x', []);
    expect((await everything(inbox)).urls).toEqual(['https://b.example.com/x', 'https://a.example.com/x']);
    await inbox.noteUrl('https://c.example.com/x', ['https://a.example.com/x']);
    expect((await everything(inbox)).urls).toEqual(['https://c.example.com/x', 'https://b.example.com/x']);
  });

  describe('knows that events may be missing', () => {
    const gapOf = async (inbox: Inbox) => (await everything(inbox)).gap;

    it('when a receiver starts, but not while it lives or when it ends by its own will', async () => {
      const inbox = await open(await place());
      expect(await everything(inbox)).toMatchObject({ gap: null, paths: [] });
      await inbox.begin('one', '/hook');
      const gap = await gapOf(inbox);
      expect(gap?.cause).toMatch(/started/);
      await inbox.heartbeat('one', '/hook');
      await inbox.put([event('a', 1, 1)]);
      expect(await everything(inbox)).toMatchObject({ gap, paths: ['/hook'] });
      await inbox.begin('two', '/other');
      const second = await gapOf(inbox);
      expect(second!.position).toBeGreaterThan(gap!.position);
      await inbox.leave('two');
      await inbox.heartbeat('one', '/hook');
      expect(await everything(inbox)).toMatchObject({ gap: second, paths: ['/hook'] });
    });

    it('when one has died without a word, told by a reader or by another receiver', async () => {
      const inbox = await open(await place());
      await inbox.begin('one', '/hook');
      await inbox.begin('two', '/hook');
      const before = await gapOf(inbox);
      await pass(inbox, SILENCE_MS + 1000);
      expect((await everything(inbox)).paths).toEqual([]);
      await inbox.heartbeat('two', '/hook');
      const after = await gapOf(inbox);
      expect(after!.position).toBeGreaterThan(before!.position);
      await pass(inbox, SILENCE_MS + 1000);
      await inbox.acknowledge('x', 0);
      expect(await gapOf(inbox)).toMatchObject({ cause: expect.stringMatching(/silent/) });
      expect((await gapOf(inbox))!.position).toBeGreaterThan(after!.position);
    });

    it('when the clock has gone back: a heartbeat from the future is none', async () => {
      const inbox = await open(await place());
      await inbox.begin('one', '/hook');
      await pass(inbox, -10 * 60_000);
      expect((await everything(inbox)).paths).toEqual([]);
      const before = await gapOf(inbox);
      await inbox.heartbeat('one', '/hook');
      expect((await gapOf(inbox))!.position).toBeGreaterThan(before!.position);
      expect((await everything(inbox)).paths).toEqual(['/hook']);
    });

    it('when a delivery was refused', async () => {
      const inbox = await open(await place());
      await inbox.noteGap('503');
      expect(await everything(inbox)).toMatchObject({ gap: { cause: '503', position: 1 }, position: 1 });
    });

    it('when the inbox was restored under the hands of a receiver, which begins to count anew', async () => {
      const inbox = await open(await place());
      for (const id of ['a', 'b', 'c']) await inbox.put([event(id, 1, 1)]);
      const before = await everything(inbox);
      const { sql } = inbox as unknown as { sql: Sql };
      await sql.write((query) => query('UPDATE webhook_inbox SET position = 1'));
      await inbox.put([event('d', 1, 1)]);
      const after = await everything(inbox);
      expect(after.epochs.slice(0, -1)).toEqual(before.epochs);
      expect(after.epochs.at(-1)!.began).toBeLessThanOrEqual(before.position);
      expect(after.gap?.cause).toMatch(/gone back/);
    });
  });

  it('stores ids and nothing that people wrote', async () => {
    const inbox = await open(await place());
    await inbox.put([event('a', 1, 1)]);
    expect(JSON.stringify([...(await everything(inbox)).hints])).toBe('[{"repositoryId":1,"pullRequestId":1,"position":1}]');
  });
}

describe('the embedded inbox', () => {
  const folder = mkdtempSync(join(tmpdir(), 'inbox-'));
  let count = 0;
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const place = () => join(folder, String(++count), 'made', 'as needed');
  suite(() => Promise.resolve(place()));

  it.each([
    ['deleted', (where: string) => rmSync(where, { recursive: true })],
    [
      'replaced',
      (where: string) => {
        cpSync(where, `${where} 2`, { recursive: true });
        rmSync(where, { recursive: true });
        cpSync(`${where} 2`, where, { recursive: true });
      },
    ],
  ])('takes nothing any more once its folder was %s', async (_, act) => {
    const where = place();
    const inbox = await openInbox(where, { now: () => NOW });
    await inbox.put([event('a', 1, 1)]);
    act(where);
    await expect(inbox.put([event('b', 1, 2)])).rejects.toThrow(/deleted or replaced/);
    await expect(inbox.fill()).rejects.toThrow(/deleted or replaced/);
    await inbox.close();
  });
});

const installed = postgresPrograms() !== null;
if (!installed)
  process.stderr.write('PostgreSQL is not installed (apt-get install postgresql): its tests of the inbox are skipped.\n');
(installed ? describe : describe.skip)('the inbox in PostgreSQL', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());
  suite(() => server.database());
});
