import type { RestCommit } from '../bitbucket/api/payloads';
import { isJson } from '../config/json';
import { instant, integer, text } from './documents';

/** The columns of a commit that mean the same wherever it shows. */
export interface CommitColumns {
  readonly display_id: string | null;
  readonly message: string | null;
  readonly author_id: number | null;
  readonly author_name: string | null;
  readonly author_email: string | null;
  readonly author_date: string | null;
  readonly committer_id: number | null;
  readonly committer_name: string | null;
  readonly committer_email: string | null;
  readonly committer_date: string | null;
  readonly parents: string[];
}

/** Makes them; who has no account is known by name and e-mail address only (reference: history 2, commits). */
export function commitColumns(commit: RestCommit): CommitColumns {
  const author = person(commit.author);
  const committer = person(commit.committer);
  return {
    display_id: text(commit.displayId),
    message: text(commit.message),
    ...{ author_id: author.id, author_name: author.name, author_email: author.email },
    author_date: instant(commit.authorTimestamp),
    ...{ committer_id: committer.id, committer_name: committer.name, committer_email: committer.email },
    committer_date: instant(commit.committerTimestamp),
    parents: parentsOf(commit),
  };
}

/** Ids of the parents, in their order. */
export function parentsOf({ parents }: RestCommit): string[] {
  const given: unknown = parents;
  return Array.isArray(given)
    ? given.flatMap((parent: unknown) => (isJson(parent) && typeof parent.id === 'string' ? [parent.id] : []))
    : [];
}

function person(value: unknown): { readonly id: number | null; readonly name: string | null; readonly email: string | null } {
  if (!isJson(value)) return { id: null, name: null, email: null };
  const id = integer(value.id);
  const name = id === null ? text(value.name) : (text(value.displayName) ?? text(value.name));
  return { id, name, email: text(value.emailAddress) };
}
