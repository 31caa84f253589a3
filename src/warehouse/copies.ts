const REPOSITORY = 'repository_full_name';
const PEOPLE = ['author_name', 'author_email', 'committer_name', 'committer_email'];

/**
 * By stream: columns that are copies of what other rows tell, as of the row's own last read. That such a copy is newer is no
 * change of the row, and was told of what it is a copy of.
 */
const COPIES: Readonly<Record<string, readonly string[]>> = {
  pull_requests: [REPOSITORY, 'project_key', 'repository_slug', 'url', 'links'],
  pull_request_activities: [REPOSITORY, 'pull_request_updated_date'],
  pull_request_diffs: [REPOSITORY, 'updated_date'],
  pull_request_commits: [REPOSITORY, 'pull_request_updated_date', ...PEOPLE],
  branches: [REPOSITORY],
  tags: [REPOSITORY],
  commits: [REPOSITORY, ...PEOPLE],
  builds: [REPOSITORY],
};

/** The same within documents: what people, repositories and projects are called, and whether they are active or archived. */
const WITHIN = [
  ...['name', 'displayName', 'emailAddress', 'slug', 'active', 'avatarUrl'],
  ...['key', 'description', 'statusMessage', 'archived', 'public', 'forkable', 'href'],
];
const PATTERN = `"(?:${WITHIN.join('|')})":(?:"(?:[^"\\\\]|\\\\.)*"|true|false|null)`;

/** Whether a column of a stream is such a copy. */
export function isCopy(stream: string, column: string): boolean {
  return COPIES[stream]?.includes(column) === true;
}

/** Whether documents of a stream hold such copies. */
export function hasCopies(stream: string): boolean {
  return stream in COPIES;
}

/** The text of a document, an SQL expression, without them. */
export function withoutCopies(document: string): string {
  return `regexp_replace(${document}, '${PATTERN.replaceAll("'", "''")}', '', 'g')`;
}
