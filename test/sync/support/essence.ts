import type { StreamName } from '../../simulator';
import { canonical, type Row } from '../../support/rows';

/** Whom Bitbucket maps an e-mail address to, and what that user is called, is as of the last read. */
const PEOPLE = ['author_id', 'author_name', 'author_email', 'committer_id', 'committer_name', 'committer_email'];
/** Columns that are as of the row's own last read, and the instant that only the connector knows. */
const DESCRIPTIVE: Readonly<Record<StreamName, readonly string[]>> = {
  projects: ['links', 'changed_at'],
  repositories: ['links', 'changed_at'],
  users: ['links', 'changed_at'],
  pull_requests: ['repository_full_name', 'project_key', 'repository_slug', 'url', 'links'],
  pull_request_activities: ['repository_full_name', 'pull_request_updated_date'],
  pull_request_diffs: ['repository_full_name', 'updated_date'],
  pull_request_commits: ['repository_full_name', 'pull_request_updated_date', ...PEOPLE],
  branches: ['repository_full_name', 'changed_at'],
  tags: ['repository_full_name', 'changed_at'],
  commits: ['repository_full_name', ...PEOPLE],
  builds: ['repository_full_name', 'changed_at'],
};

/** What of a row must be as the server has it after each sync, as text that can be compared. */
export function essenceOf(stream: StreamName, row: Row): string {
  const telling = Object.entries(row).filter(([column]) => !DESCRIPTIVE[stream].includes(column) && !tellsOfUser(row, column));
  return canonical(Object.fromEntries(telling.map(([column, value]) => [column, document(value)])));
}

/** Whoever has an account is known by its id; name and e-mail address are as of the row's own last read. */
function tellsOfUser(row: Row, column: string): boolean {
  const [, role] = /^(author|committer)_(?:name|email)$/.exec(column) ?? [];
  return role !== undefined && typeof row[`${role}_id`] === 'number';
}

/** People and repositories inside documents count by their id; what is null is as good as absent; who reviews is a set. */
function document(value: unknown): unknown {
  if (Array.isArray(value)) return sorted(value.map(document));
  if (typeof value !== 'object' || value === null) return value;
  const source = value as Record<string, unknown>;
  if ('displayName' in source || 'emailAddress' in source) return { person: source['id'] ?? source['emailAddress'] };
  if ('slug' in source && 'project' in source) return { repository: source['id'] };
  const members = Object.entries(source).filter(([key, member]) => member !== null && member !== undefined && key !== 'links');
  return Object.fromEntries(members.map(([key, member]) => [key, document(member)]));
}

function sorted(values: readonly unknown[]): unknown[] {
  const participants = values.every(
    (value) => typeof value === 'object' && value !== null && 'user' in value && 'status' in value,
  );
  return participants ? [...values].sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1)) : [...values];
}
