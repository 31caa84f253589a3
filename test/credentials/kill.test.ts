import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openStore } from '../../src/credentials/open-store';
import { postgresPrograms, type PostgresServer, startPostgres } from '../support/postgres';

const KILLS = 20;
const [KEY, OTHER_KEY] = ['q'.repeat(43), 'r'.repeat(43)];

/** Kills a process that writes all the time, with each kind of write, and looks at what it left. @returns how many writes there were */
async function killAgainAndAgain(place: string): Promise<{ ids: number; underOther: number }> {
  let ids = 0;
  let underOther = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const writer = join(__dirname, 'kill-writer.ts');
    const child = spawn(process.execPath, ['-r', '@swc-node/register', writer, place, KEY, OTHER_KEY, String(kill * 1000)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    // Uneven, so that each kind of write is met at different moments.
    await delay(5 + ((kill * 37) % 120) + (kill % 7) / 7);
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

  (postgresPrograms() === null ? it.skip : it)(
    'and in PostgreSQL',
    async () => {
      postgres = await startPostgres();
      expectAllKinds(await killAgainAndAgain(await postgres.database()));
    },
    180_000,
  );
});
