import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A folder that only this user can read, for what the connector is handed in files. What an earlier sync into the same database left behind
 * when it was killed is removed: whoever has the database open is the only one.
 * @param parent the system's folder for temporary files
 */
export async function temporaryFolder(parent: string, database: string): Promise<string> {
  const prefix = `bitbucket-sync-${createHash('sha256').update(database).digest('hex').slice(0, 16)}-`;
  for (const name of await readdir(parent)) if (name.startsWith(prefix)) await removeFolder(join(parent, name));
  return await mkdtemp(join(parent, prefix));
}

/** Removes it and all that is in it; one that is gone, or somebody else's, is no failure. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch(() => undefined);
}
