import { streams } from '../../src/streams';
import { readSchema } from '../../src/streams/columns';
import type { Simulator } from '../simulator';
import { query } from './warehouse';

/** For streams with documents and copies of neighbours: the columns that say whether a row changed. Of the others, all plain columns do. */
const COMPARED: Readonly<Partial<Record<StreamName, readonly string[]>>> = {
  projects: ['key', 'name', 'description', 'public'],
  repositories: ['slug', 'name', 'description', 'project_id', 'full_name', 'public', 'archived', 'default_branch'],
  users: ['name', 'display_name', 'email_address', 'active'],
  pull_requests: [
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
  pull_request_activities: ['action', 'created_date', 'user_id', 'comment_id'],
  pull_request_diffs: ['source_commit', 'target_commit', 'file_count', 'additions', 'deletions'],
};

export type StreamName = Parameters<Simulator['truth']['rows']>[0];

/** What is no change of the row itself. */
const NOT_COMPARED = new Set(['changed_at', 'deleted_at', 'repository_full_name']);

/** The streams that a new file gets, in the order in which a person thinks of them. */
export const STREAM_NAMES = streams
  .filter(({ name, kind }) => kind === 'snapshot' || name.startsWith('pull_request'))
  .map(({ name }) => name as StreamName);

/** What hangs below a pull request that was deleted gets no tombstones there. */
const WITHOUT_TOMBSTONES: ReadonlySet<StreamName> = new Set(['pull_request_activities', 'pull_request_commits']);

function keyColumnsOf(name: StreamName): readonly string[] {
  return streams.find((stream) => stream.name === name)?.primaryKey ?? [];
}

function comparedColumnsOf(name: StreamName): readonly string[] {
  const named = COMPARED[name];
  if (named !== undefined) return named;
  const isPlain = (schema: unknown) => {
    const { type, format } = schema as { type?: unknown; format?: string };
    return !['object', 'array'].some((each) => [type].flat().includes(each)) && format === undefined;
  };
  return Object.entries(readSchema(name).properties)
    .filter(([column, schema]) => !NOT_COMPARED.has(column) && isPlain(schema))
    .map(([column]) => column);
}

/** What the server has at this moment: for each stream its rows by key, reduced to what is compared. */
export type Inventory = ReadonlyMap<StreamName, ReadonlyMap<string, string>>;

/** Takes stock of the server, by its own ground truth. */
export function inventory(simulator: Simulator): Inventory {
  return new Map(
    STREAM_NAMES.map((stream) => {
      const [key, compared] = [keyColumnsOf(stream), comparedColumnsOf(stream)];
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
    const [key, compared] = [keyColumnsOf(stream), comparedColumnsOf(stream)];
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
      const key = keyOf(row, keyColumnsOf(stream));
      const pullRequest = keyOf(row, ['repository_id', 'pull_request_id']);
      // Where a pull request changed, what hangs below it may come again as a whole.
      const isAllowed = stream.startsWith('pull_request_') && changedPullRequests.has(pullRequest);
      if (!isAllowed && !due.has(key)) wrong.push(`${stream} ${key} was read again, although nothing changed there`);
      due.delete(key);
    }
    for (const key of due)
      if (!WITHOUT_TOMBSTONES.has(stream) || after.get(stream)?.has(key)) wrong.push(`${stream} ${key} changed and was not read`);
  }
  return wrong;
}

/** Keys of rows that are new, gone, or other than before. */
function changed(before: Inventory, after: Inventory, stream: StreamName): Set<string> {
  const [old, now] = [before.get(stream) ?? new Map<string, string>(), after.get(stream) ?? new Map<string, string>()];
  return new Set([...old.keys(), ...now.keys()].filter((key) => old.get(key) !== now.get(key)));
}

/** What hangs below a deleted pull request gets no tombstones of its own: who wants none of it joins. */
function alive(stream: StreamName): string {
  if (!WITHOUT_TOMBSTONES.has(stream)) return '';
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
