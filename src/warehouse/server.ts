import type { Database } from './database';
import { InputError } from './sync-error';
import { tableExists } from './tables';

/** Which server a configuration leads to, as far as one can tell from outside. */
export interface Server {
  readonly url: string;
  /** One line for people: version, address, who is logged in. */
  readonly summary: string;
  /** Some of its repositories. */
  readonly repositories: readonly KnownRepository[];
}

/** What tells one instance from another: two of them use the same ids, but never the same hierarchy ids. */
export interface KnownRepository {
  readonly id: number;
  readonly hierarchyId: string | null;
  /** The address that the server itself gives. */
  readonly href: string | null;
}

/** What a file knows of the server whose rows it holds. */
export interface FileOrigin {
  /** Null: a file of an older version, or none. */
  readonly url: string | null;
  readonly repositories: readonly KnownRepository[];
}

/** Reads what the file knows of its server, without changing anything. */
export async function originOf(database: Database, url: string | null): Promise<FileOrigin> {
  const known = (await tableExists(database, 'repositories'))
    ? await database.query('SELECT id, hierarchy_id, CAST(links AS VARCHAR) AS links FROM repositories').catch(() => [])
    : [];
  const repositories = known.map((row) => ({
    id: Number(row['id']),
    hierarchyId: typeof row['hierarchy_id'] === 'string' ? row['hierarchy_id'] : null,
    href: hrefIn(row['links']),
  }));
  return { url, repositories };
}

/**
 * Whether the rows of a file are those of this server: by its own hierarchy ids where both have some, else by its address.
 * @returns null where they are, else the name of the server that they come from
 */
export function otherServer(file: FileOrigin, server: Server): string | null {
  const known = new Map(file.repositories.map((repository) => [repository.id, repository.hierarchyId]));
  const both = server.repositories.filter(({ id, hierarchyId }) => hierarchyId !== null && (known.get(id) ?? null) !== null);
  const name = file.url ?? addressOf(file.repositories) ?? 'another server';
  if (both.length > 0) return both.some(({ id, hierarchyId }) => known.get(id) === hierarchyId) ? null : name;
  if (file.url !== null) return file.url === server.url ? null : file.url;
  const [before, now] = [addressOf(file.repositories), addressOf(server.repositories)];
  return before === null || now === null || before === now ? null : before;
}

/** A file keeps to one server: the rows of the other would all look deleted. */
export function refusal(path: string, before: string, server: Server): InputError {
  const which =
    before === server.url
      ? `another instance than the one that now answers at ${server.url}`
      : `${before}, but the configuration names ${server.url}`;
  return new InputError(
    `${path} holds the rows of ${which}. Nothing was changed. Give a file of its own with --database, or let go of what is in this one with --reset.`,
  );
}

function addressOf(repositories: readonly KnownRepository[]): string | null {
  const href = repositories.find((repository) => repository.href !== null)?.href ?? null;
  return href?.replace(/\/(?:projects|users)\/.*$/, '') ?? null;
}

/** `links.self[0].href` of a document. */
function hrefIn(links: unknown): string | null {
  const href = typeof links === 'string' ? /"self":\[\{"href":("(?:[^"\\]|\\.)*")/.exec(links)?.[1] : undefined;
  return href === undefined ? null : (JSON.parse(href) as string);
}
