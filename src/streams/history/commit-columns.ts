import type { RestCommit, RestPerson } from '../../bitbucket/api/payloads';
import { isJson } from '../../config/json';
import { instant, integer, text } from '../documents';
import type { Row } from '../stream';
import { parentsOf } from './graph';

/** What every row about a commit says of it: message, people, dates, parents. */
export function commitColumns(commit: RestCommit) {
  return {
    display_id: text(commit.displayId),
    message: text(commit.message),
    ...personColumns('author', commit.author),
    author_date: instant(commit.authorTimestamp),
    ...personColumns('committer', commit.committer),
    committer_date: instant(commit.committerTimestamp),
    parents: Array.isArray(commit.parents) ? parentsOf(commit) : null,
  };
}

type PersonColumns<Role extends string> = Record<`${Role}_id`, number | null> &
  Record<`${Role}_name` | `${Role}_email`, string | null>;

/** A person has an id only where Bitbucket maps the e-mail address to a user; the name is then the user's display name. */
function personColumns<Role extends string>(role: Role, person: RestPerson | undefined): PersonColumns<Role> {
  const known: RestPerson = isJson(person) ? person : {};
  return {
    [`${role}_id`]: integer(known.id),
    [`${role}_name`]: text(known.displayName) ?? text(known.name),
    [`${role}_email`]: text(known.emailAddress),
  } as PersonColumns<Role>;
}

/** The Jira issues that Bitbucket found in the message; none where no Jira is linked. */
export function issueKeysOf({ properties }: RestCommit): string[] {
  const keys = isJson(properties) ? properties['jira-key'] : null;
  return Array.isArray(keys) ? (keys as unknown[]).filter((key) => typeof key === 'string') : [];
}

/** A row as it stands for a commit of a repository. */
export type CommitRow = Row & { readonly id: string };
