import type { Simulator } from '../simulator';
import { query } from './warehouse';

/** The six streams with their keys, the columns that say whether a row changed, and whether deletions leave a tombstone. */
const STREAMS = {
  projects: { key: ['id'], compared: ['key', 'name', 'description', 'public'] },
  repositories: {
    key: ['id'],
    compared: ['slug', 'name', 'description', 'project_id', 'full_name', 'public', 'archived', 'default_branch'],
  },
  users: { key: ['id'], compared: ['name', 'display_name', 'email_address', 'active'] },
  pull_requests: {
    key: ['repository_id', 'id'],
    compared: [
      'version',
      'title',
      'description',
      'state',
      'draft',
      'updated_date',
      'closed_date',
      'reviewers',
      'target_commit',
      'source_commit',
      'merge_commit',
      'comment_count',
      'open_task_count',
      'resolved_task_count',
    ],
  },
  pull_request_activities: { key: ['repository_id', 'id'], compared: ['action', 'created_date', 'user_id', 'comment_id'] },
  pull_request_diffs: {
    key: ['repository_id', 'pull_request_id'],
    compared: ['source_commit', 'target_commit', 'file_count', 'additions', 'deletions'],
  },
} as const;

type Stream = keyof typeof STREAMS;

/** The streams, in the order in which a person thinks of them. */
export const STREAM_NAMES = Object.keys(STREAMS) as Stream[];

/** What the server has at this moment: for each stream its rows by key, reduced to what is compared. */
export type Inventory = ReadonlyMap<Stream, ReadonlyMap<string, string>>;

/** Takes stock of the server, by its own ground truth. */
export function inventory(simulator: Simulator): Inventory {
  return new Map(
    STREAM_NAMES.map((stream) => {
      const { key, compared } = STREAMS[stream];
      return [
        stream,
        new Map(
          simulator.truth
            .rows(stream)
            .map((row) => [keyOf(row, key), JSON.stringify(compared.map((column) => comparable(row[column])))]),
        ),
      ];
    }),
  );
}

/** What is wrong with the database after a sync: rows that it lacks, has too many, or has otherwise than the server. */
export async function differences(file: string, server: Inventory): Promise<string[]> {
  const wrong: string[] = [];
  for (const stream of STREAM_NAMES) {
    const { key, compared } = STREAMS[stream];
    const rows = await query(
      file,
      `SELECT * REPLACE (${instants(compared)}) FROM ${stream} WHERE deleted_at IS NULL ${alive(stream)}`,
    );
    const expected = new Map(server.get(stream));
    for (const row of rows) {
      const found = keyOf(row, key);
      const values = JSON.stringify(compared.map((column) => comparable(parsed(column, row[column]))));
      if (expected.get(found) !== values)
        wrong.push(`${stream} ${found} is ${values}, on the server ${expected.get(found) ?? 'it does not exist'}`);
      expected.delete(found);
    }
    for (const missing of expected.keys()) wrong.push(`${stream} ${missing} is on the server and not in the database`);
  }
  return wrong;
}

/** What the second sync read without need, or did not read although it changed: both must be empty for the promise to hold. */
export async function needless(file: string, since: number, before: Inventory, after: Inventory): Promise<string[]> {
  const wrong: string[] = [];
  const changedPullRequests = changed(before, after, 'pull_requests');
  for (const stream of STREAM_NAMES) {
    const fresh = await query(file, `SELECT * FROM ${stream} WHERE _extracted_at >= make_timestamptz(${since * 1000})`);
    const due = changed(before, after, stream);
    for (const row of fresh) {
      const key = keyOf(row, STREAMS[stream].key);
      const pullRequest = keyOf(row, ['repository_id', 'pull_request_id']);
      // Where a pull request changed, what hangs below it may come again as a whole.
      const isAllowed = stream.startsWith('pull_request_') && changedPullRequests.has(pullRequest);
      if (!isAllowed && !due.has(key)) wrong.push(`${stream} ${key} was read again, although nothing changed there`);
      due.delete(keyOf(row, STREAMS[stream].key));
    }
    // The activities of a deleted pull request get no tombstones.
    for (const key of due)
      if (stream !== 'pull_request_activities' || after.get(stream)?.has(key))
        wrong.push(`${stream} ${key} changed and was not read`);
  }
  return wrong;
}

/** Keys of rows that are new, gone, or other than before. */
function changed(before: Inventory, after: Inventory, stream: Stream): Set<string> {
  const [old, now] = [before.get(stream) ?? new Map<string, string>(), after.get(stream) ?? new Map<string, string>()];
  return new Set([...old.keys(), ...now.keys()].filter((key) => old.get(key) !== now.get(key)));
}

/** The activities of a deleted pull request get no tombstones of their own: who wants none of them joins. */
function alive(stream: Stream): string {
  if (stream !== 'pull_request_activities') return '';
  return `AND (repository_id, pull_request_id) IN (SELECT (repository_id, id) FROM pull_requests WHERE deleted_at IS NULL)`;
}

function keyOf(row: Readonly<Record<string, unknown>>, key: readonly string[]): string {
  return key.map((column) => String(row[column])).join('/');
}

/** Of a reviewer, who it is and what the verdict was: the rest of the document tells of a person. */
function comparable(value: unknown): unknown {
  return Array.isArray(value) ? value.map((each) => [each.user?.id, each.status]) : (value ?? null);
}

function parsed(column: string, value: unknown): unknown {
  return column === 'reviewers' && typeof value === 'string' ? JSON.parse(value) : value;
}

/** Instants as the records have them, `2026-08-19T17:27:55.266Z`. */
function instants(columns: readonly string[]): string {
  const dates = columns.filter((column) => column.endsWith('_date'));
  return (dates.length > 0 ? dates : ['deleted_at'])
    .map((column) => `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%gZ') AS ${column}`)
    .join(', ');
}
