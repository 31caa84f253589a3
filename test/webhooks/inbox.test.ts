import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultLimits, type Delivery, type Inbox, SILENCE_MS } from '../../src/webhooks/inbox/inbox';
import { openInbox } from '../../src/webhooks/inbox/open-inbox';
import { postgresPrograms, type PostgresServer, startPostgres } from '../support/postgres';

const NOW = Date.UTC(2026, 0, 1);

const event = (requestId: string, repositoryId: number, pullRequestId: number | null = 1, receivedAt = NOW): Delivery => ({
  requestId,
  receivedAt,
  repositoryId,
  hint: { repositoryId, pullRequestId },
});

const marksOf = async (inbox: Inbox, after = 0): Promise<string[]> =>
  (await inbox.look(after)).marks.map(({ repositoryId, pullRequestId }) => `${repositoryId}/${pullRequestId ?? '*'}`).sort();

/** Both stores must do the same. */
function suite(place: () => Promise<string>): void {
  const opened: Inbox[] = [];
  const open = async (where: string, limits = defaultLimits): Promise<Inbox> => {
    const inbox = await openInbox(where, limits);
    opened.push(inbox);
    return inbox;
  };
  afterEach(async () => {
    for (const inbox of opened.splice(0)) await inbox.close();
  });

  it('marks each pull request once, whatever is sent of it', async () => {
    const inbox = await open(await place());
    const fresh = await inbox.put([event('a', 1, 7), event('b', 1, 7), event('c', 2, 7), event('d', 2, null)]);
    expect([...fresh].sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(await marksOf(inbox)).toEqual(['1/7', '2/*', '2/7']);
    expect(await inbox.fill()).toMatchObject({ marks: 3, deliveries: 4 });
  });

  it('does nothing for a request id that it knows, in the same transaction or later', async () => {
    const inbox = await open(await place());
    expect([...(await inbox.put([event('a', 1, 1), event('a', 1, 2)]))]).toEqual(['a']);
    expect(await marksOf(inbox)).toEqual(['1/1']);
    const { position } = await inbox.look(0);
    expect((await inbox.put([event('a', 9, 9)])).size).toBe(0);
    expect(await marksOf(inbox, position)).toEqual([]);
  });

  it('moves a mark behind whoever has seen it when another event comes', async () => {
    const inbox = await open(await place());
    await inbox.put([event('a', 1, 1), event('b', 1, 2)]);
    const { position } = await inbox.look(0);
    await inbox.put([event('c', 1, 2)]);
    expect(await marksOf(inbox, position)).toEqual(['1/2']);
  });

  it('forgets what all of its readers have covered, and tells a reader that has missed something', async () => {
    const inbox = await open(await place());
    await inbox.put([event('a', 1, 1)]);
    const first = await inbox.look(0);
    await inbox.acknowledge('x', first.position, NOW);
    await inbox.put([event('b', 1, 2)]);
    const second = await inbox.look(first.position);
    await inbox.acknowledge('y', first.position, NOW);
    await inbox.acknowledge('x', second.position, NOW);
    expect(await marksOf(inbox)).toEqual(['1/2']);
    expect((await inbox.look(0)).forgottenTo).toBe(first.position);
    await inbox.acknowledge('y', second.position, NOW);
    expect(await marksOf(inbox)).toEqual([]);
    expect((await inbox.look(0)).forgottenTo).toBe(second.position);
  });

  it('waits for no reader that has not come for long', async () => {
    const inbox = await open(await place());
    await inbox.acknowledge('gone', 0, NOW - defaultLimits.readerMs - 1);
    await inbox.put([event('a', 1, 1)]);
    const { position } = await inbox.look(0);
    await inbox.acknowledge('x', position, NOW);
    expect(await marksOf(inbox)).toEqual([]);
  });

  it('is the same inbox for whoever opens it, at once or later', async () => {
    const where = await place();
    const [one, other] = await Promise.all([open(where), open(where)]);
    await Promise.all([one.put([event('a', 1, 1), event('b', 1, 2)]), other.put([event('b', 1, 2), event('c', 1, 3)])]);
    const [mine, its] = [await one.look(0), await other.look(0)];
    expect(mine).toEqual(its);
    expect(mine.marks).toHaveLength(3);
    expect((await one.fill()).deliveries).toBe(3);
    expect((await (await open(where)).look(0)).id).toBe(mine.id);
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
        const look = await reader.look(position);
        for (const { repositoryId, pullRequestId } of look.marks) seen.add(`${repositoryId}/${pullRequestId ?? 0}`);
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

  it('keeps within its limits: old request ids go, and too many marks of a repository become one', async () => {
    const inbox = await open(await place(), { ...defaultLimits, deliveries: 5, marks: 4 });
    await inbox.put([1, 2, 3, 4, 5, 6].map((n) => event(`n${n}`, 1, n, NOW + n)));
    await inbox.put([event('old', 2, 1, NOW - defaultLimits.deliveryMs - 1), event('other', 3, 1, NOW + 10)]);
    await inbox.tidy(NOW + 10);
    expect(await marksOf(inbox)).toEqual(['1/*', '2/1', '3/1']);
    expect((await inbox.fill()).deliveries).toBe(5);
    expect((await inbox.put([event('other', 3, 1)])).size).toBe(0);
  });

  it('remembers when each repository last sent something, and what the server said of hooks', async () => {
    const inbox = await open(await place());
    await inbox.put([event('a', 5, 1, NOW), { ...event('b', 6, 1, NOW + 1), hint: null }]);
    const said = {
      scope: 'repository:5',
      signedAt: 0,
      askedAt: NOW + 2,
      state: 'works',
      failedAt: NOW - 9,
      missedAt: NOW + 2,
    } as const;
    await inbox.record([said]);
    await inbox.record([{ ...said, askedAt: NOW + 1, state: 'none', failedAt: 0 }]);
    const { proofs } = await inbox.look(0);
    expect(proofs.get('repository:5')).toEqual({ ...said, signedAt: NOW });
    expect(proofs.get('repository:6')).toMatchObject({ signedAt: NOW + 1, askedAt: 0, state: 'hidden' });
    expect(await marksOf(inbox)).toEqual(['5/1']);
  });

  it('knows when nobody received: before the first, after a new start, after a silence, and when one missed something', async () => {
    const inbox = await open(await place());
    const life = (receiver: string, at: number, missed = false) => inbox.beat({ receiver, path: '/hook', at, missed });
    expect(await inbox.look(0)).toMatchObject({ aliveAt: 0, gapAt: 0, paths: [] });
    await life('one', NOW);
    await life('one', NOW + 5000);
    expect(await inbox.look(0)).toMatchObject({ aliveAt: NOW + 5000, gapAt: NOW, paths: ['/hook'] });
    await life('two', NOW + 6000);
    expect(await inbox.look(0)).toMatchObject({ aliveAt: NOW + 6000, gapAt: NOW + 6000 });
    await inbox.leave('two');
    await life('one', NOW + 7000);
    expect(await inbox.look(0)).toMatchObject({ aliveAt: NOW + 7000, gapAt: NOW + 6000 });
    await life('one', NOW + 7000 + SILENCE_MS + 1);
    expect((await inbox.look(0)).gapAt).toBe(NOW + 7000 + SILENCE_MS + 1);
    const later = NOW + 9000 + SILENCE_MS;
    await life('one', later, true);
    await life('one', later + 1000);
    expect((await inbox.look(0)).gapAt).toBe(later);
  });

  it('stores ids and nothing that people wrote', async () => {
    const inbox = await open(await place());
    await inbox.put([event('a', 1, 1)]);
    expect(JSON.stringify([...(await inbox.look(0)).marks])).toBe('[{"repositoryId":1,"pullRequestId":1,"position":1}]');
  });
}

describe('the embedded inbox', () => {
  const folder = mkdtempSync(join(tmpdir(), 'inbox-'));
  let count = 0;
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  suite(() => Promise.resolve(join(folder, String(++count), 'made', 'as needed')));
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
