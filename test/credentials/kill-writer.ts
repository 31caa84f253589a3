import { openStore } from '../../src/credentials/open-store';
import type { CredentialStore } from '../../src/credentials/store';

/*
 * Writes into a store without end, until it is killed: `node -r @swc-node/register kill-writer.ts FOLDER KEY OTHER_KEY SEED`.
 * In each credential label, user name, expiration date and password say the same number, so that a half of a write would show.
 */
const [, , place = '', key = '', otherKey = '', seed = '0'] = process.argv;

/** The parts of a credential that say `n`. */
const content = (n: number) => ({
  label: `label ${n}`,
  username: `user-${n}`,
  account: `user-${n}`,
  expirationDate: `2030-01-01T00:00:00.${String(n % 1000).padStart(3, '0')}Z`,
  secret: { kind: 'password' as const, value: `${n} `.repeat(n % 3 === 0 ? 2000 : 3) },
});

async function step(store: CredentialStore, n: number): Promise<void> {
  const credentials = await store.list();
  const one = credentials[n % Math.max(1, credentials.length)];
  if (one === undefined || (n % 5 === 0 && credentials.length < 12)) await store.add(content(n), n);
  else if (n % 5 === 1 && credentials.length > 4) await store.remove(one.id, n);
  else if (n % 5 === 2) await store.disable(one.id, one.revision, n);
  else await store.replace(one, { ...content(n), enable: true });
}

async function main(): Promise<void> {
  process.stdout.write('opening\n');
  const [current, other] = await openStore({ place, key }).then(
    (store) => [store, otherKey] as const,
    async () => [await openStore({ place, key: otherKey }), key] as const,
  );
  for (let n = Number(seed), next = other; ; n++) {
    if (n % 7 === 6) {
      await current.rekey(next);
      next = next === key ? otherKey : key;
    } else await step(current, n);
    process.stdout.write('written\n');
  }
}

void main();
