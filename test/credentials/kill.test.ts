import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openStore } from '../../src/credentials/open-store';
import { postgresPrograms, type PostgresServer, startPostgres } from '../support/postgres';

const KILLS = 20;
const [KEY, OTHER_KEY] = ['q'.repeat(43), 'r'.repeat(43)];

/** Starts a writer, and waits until it is about to open the store (0) or made so many writes. */
async function startWriter(writes: number, place: string, seed: number) {
  const writer = join(__dirname, 'kill-writer.ts');
  const child = spawn(process.execPath, ['-r', '@swc-node/register', writer, place, KEY, OTHER_KEY, String(seed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let lines = 0;
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', () => ++lines > writes && resolve());
    child.once('exit', () => reject(new Error('the writer ended')));
  });
  return child;
}

/** Kills a process that writes all the time, with each kind of write, and looks at what it left. @returns how many writes there were */
async function killAgainAndAgain(place: string): Promise<{ ids: number; underOther: number }> {
  let ids = 0;
  let underOther = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const child = await startWriter(3 + (kill % 9), place, kill * 1000);
    // Uneven, so that each kind of write is met at different moments.
    await delay(((kill * 37) % 30) / 2);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const [isOther, credentials] = await openStore({ place, key: KEY }).then(
      async (store) => [false, await store.list().finally(() => store.close())] as const,
      async () => {
        const store = await openStore({ place, key: OTHER_KEY });
        return [true, await store.list().finally(() => store.close())] as const;
      },
    );
    if (isOther) underOther++;
    for (const { id, label, username, account, expirationDate, secret, disabledAt } of credentials) {
      const n = label?.split(' ')[1] ?? '';
      expect([id, username, account, secret?.value.split(' ')[0]]).toEqual([id, `user-${n}`, `user-${n}`, n]);
      expect(expirationDate).toMatch(new RegExp(`\\.0*${Number(n) % 1000}Z$`));
      if (disabledAt !== null) expect(disabledAt).toBeGreaterThan(Number(n));
      ids = Math.max(ids, id);
    }
  }
  return { ids, underOther };
}

describe('a store whose writer is killed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'credentials-kill-'));
  let postgres: PostgresServer | null = null;
  afterAll(async () => {
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const expectAllKinds = ({ ids, underOther }: { ids: number; underOther: number }) => {
    expect(ids).toBeGreaterThan(12); // more than there are at a time: credentials were added, and deleted
    expect(underOther).toBeGreaterThan(0); // and the store was given another key
    expect(underOther).toBeLessThan(KILLS);
  };

  it('has each credential as it was before or as it was to be, under one key', async () => {
    expectAllKinds(await killAgainAndAgain(join(folder, 'store')));
  }, 180_000);

  it('is made whole, or by whoever opens it next', async () => {
    const made: number[] = [];
    for (let kill = 0; kill < 12; kill++) {
      const place = join(folder, `new-${kill}`);
      const child = await startWriter(0, place, 0);
      await delay(kill * kill * 2);
      child.kill('SIGKILL');
      await once(child, 'exit');
      if (existsSync(join(place, 'credentials.sqlite'))) made.push(kill);
      const store = await openStore({ place, key: KEY }).catch(() => openStore({ place, key: OTHER_KEY }));
      expect((await store.list()).every(({ secret }) => secret !== null)).toBe(true);
      await store.close();
    }
    expect(made.length).toBeGreaterThan(0);
  }, 60_000);

  (postgresPrograms() === null ? it.skip : it)(
    'and in PostgreSQL',
    async () => {
      postgres = await startPostgres();
      expectAllKinds(await killAgainAndAgain(await postgres.database()));
    },
    180_000,
  );
});
