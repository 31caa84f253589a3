import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { refusal } from '../src/bitbucket/session/refusal';
import { isPullRequest } from '../src/bitbucket/api/payloads';
import { pullRequests } from '../src/streams/pull_requests';
import { catalogOf, lastStates, type Outcome, recordsOf, runWith } from './support/connector';
import { type Document, projectsOf, type Recording, replay } from './support/replay';
import { rowOfEntry } from './support/item-rows';
import { sourceCodeIn, violations } from './support/schemas';

/*
 * Answers of real servers, which are outside of this repository: BITBUCKET_REFERENCE names the folder that holds `recorded/`. The
 * connector reads them from a server that gives them as they are.
 */
const folder = join(process.env.BITBUCKET_REFERENCE ?? '', 'recorded');
const isHere = process.env.BITBUCKET_REFERENCE !== undefined && existsSync(folder);

const text = (path: string) => readFileSync(join(folder, path), 'utf8');
const json = (path: string) => JSON.parse(text(path)) as Document;
const values = (path: string) => json(path).values as Document[];
const distinct = (documents: Document[]) => [...new Map(documents.map((each) => [each.id as number, each])).values()];

/** The column `data` of a CSV file whose values are JSON in quotes. */
function column(path: string): Document[] {
  return [...text(path).matchAll(/"((?:[^"]|"")*)"/g)]
    .map(([, value = '']) => value.replaceAll('""', '"'))
    .flatMap((value) => (value.startsWith('{"id":') ? [JSON.parse(value) as Document] : []));
}

/** The records of another connector, which are the server's answers and `computedProperties` of its own. */
function records(stream: string): Document[] {
  const lines = text('faros-destination/all-streams.jsonl')
    .split('\n')
    .filter((line) => line.includes(`__${stream}"`));
  return lines
    .map((line) => (JSON.parse(line) as Document).record?.data as Document | undefined)
    .filter((data) => data !== undefined);
}

/** The same without that connector's own. */
function answers(stream: string): Document[] {
  return records(stream).map((record) =>
    Object.fromEntries(Object.entries(record).filter(([key]) => key !== 'computedProperties')),
  );
}

/** Recorded activities by the pull request that they belong to. */
function activitiesByPullRequest(): Map<number, Document[]> {
  const groups = new Map<number, Document[]>();
  for (const [index, { computedProperties }] of records('pull_request_activities').entries()) {
    const id = Number(computedProperties.pullRequest.id);
    groups.set(id, [...(groups.get(id) ?? []), answers('pull_request_activities')[index]!]);
  }
  return groups;
}

const servers: readonly (readonly [name: string, streams: readonly string[], recording: () => Recording])[] = [
  [
    'of 2018 (pull requests, comments, a diff as JSON)',
    ['projects', 'repositories', 'users', 'pull_requests', 'pull_request_activities', 'pull_request_diffs'],
    () => ({
      repositories: values('drone-go-scm/repos.json'),
      users: [json('drone-go-scm/user.json')],
      pullRequests: values('drone-go-scm/prs.json'),
      activities: new Map([[1, values('drone-go-scm/pr_comments.json')]]),
      diff: json('drone-go-scm/pr_file_diff.json'),
      changes: values('drone-go-scm/changes.json'),
    }),
  ],
  [
    'of 2022 (activities with quoted code, tasks, rescopes, merges)',
    ['projects', 'repositories', 'users', 'pull_requests', 'pull_request_activities'],
    () => ({
      repositories: answers('repositories'),
      users: answers('users'),
      pullRequests: answers('pull_requests'),
      activities: activitiesByPullRequest(),
    }),
  ],
  [
    'of 2023 (pull requests)',
    ['projects', 'repositories', 'pull_requests'],
    () => {
      const listed = column('devlake/_raw_bitbucket_server_api_pull_requests.csv');
      return { repositories: distinct(listed.map(({ toRef }) => toRef.repository as Document)), pullRequests: listed };
    },
  ],
  [
    'of 2024 to 2026 (pull requests from forks)',
    ['projects', 'repositories', 'pull_requests'],
    () => {
      const api = 'jenkins-bitbucket-branch-source/api/1.0-projects-amuniz-repos';
      return {
        repositories: values(`${api}_start_0_limit_200.json`),
        pullRequests: values(`${api}-test-repos-pull-requests_start_0_limit_200.json`),
      };
    },
  ],
];

/** Every line of code in Bitbucket's documents. */
function linesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { line } = value as { line?: unknown };
  return [...(typeof line === 'string' ? [line] : []), ...Object.values(value).flatMap(linesIn)];
}

if (isHere) suite();
else it.skip('the answers of real servers are not here', () => undefined);

function suite(): void {
  describe.each(servers)('a server %s', (_name, streams, make) => {
    let recording: Recording;
    let outcome: Outcome;
    let again: Outcome;
    const rows = (stream: string) => recordsOf(outcome.messages, stream);

    beforeAll(async () => {
      recording = make();
      const { url, stop } = await replay(recording);
      const config = { server_url: url, credentials: { auth_type: 'token', token: 'any' } };
      outcome = await runWith('read', { config, catalog: catalogOf(streams) });
      again = await runWith('read', { config, catalog: catalogOf(streams), state: lastStates(outcome.messages) });
      stop();
    });

    it('is read to its end, once and then no more', () => {
      expect([outcome.code, outcome.stderr]).toEqual([0, '']);
      expect(again.code).toBe(0);
      expect(again.messages.filter(({ type }) => type === 'RECORD')).toEqual([]);
    });

    it('gives a row for each thing', () => {
      const { repositories, users = [], pullRequests: listed, activities = new Map<number, Document[]>() } = recording;
      const here = new Set(listed.map(({ id }) => id as number));
      const expected: Record<string, number> = {
        projects: projectsOf(repositories).length,
        repositories: repositories.length,
        users: users.length,
        pull_requests: listed.length,
        pull_request_activities: [...activities].filter(([id]) => here.has(id)).flatMap(([, each]) => each).length,
        pull_request_diffs: listed.length,
      };
      expect(listed.length).toBeGreaterThan(0);
      for (const stream of streams) expect({ stream, rows: rows(stream).length }).toEqual({ stream, rows: expected[stream] });
    });

    it('gives rows that fit their schemas, with the ids, dates and commits of the answers', () => {
      for (const stream of streams) expect(violations(stream, rows(stream))).toEqual([]);
      for (const listed of recording.pullRequests) {
        const row = rows('pull_requests').find(
          ({ id, repository_id }) => id === listed.id && repository_id === listed.toRef.repository.id,
        );
        expect(row).toMatchObject({
          ...{ title: listed.title, state: listed.state, version: listed.version, author_id: listed.author.user.id },
          ...{ source_commit: listed.fromRef.latestCommit, target_branch: listed.toRef.displayId },
          updated_date: new Date(Number(listed.updatedDate)).toISOString(),
        });
      }
    });

    it('gives no source code, under no name', () => {
      expect(outcome.messages.flatMap(({ record }) => sourceCodeIn(record?.data))).toEqual([]);
      const quoted = linesIn([...(recording.activities?.values() ?? [])].flat())
        .concat(linesIn(recording.diff))
        .filter((line) => line.trim().length > 6);
      for (const line of quoted) expect(outcome.stdout).not.toContain(JSON.stringify(line).slice(1, -1));
    });
  });

  describe('pull requests that webhooks brought', () => {
    const folders = ['go-playground-webhooks', 'drone-go-scm/webhooks', 'jenkins-bitbucket-branch-source/webhooks'];
    const paths = folders.flatMap((each) => readdirSync(join(folder, each)).map((file) => `${each}/${file}`));
    const documents = paths.flatMap((path) => {
      const { pullRequest } = json(path) as { pullRequest?: unknown };
      return isPullRequest(pullRequest) ? [[path, pullRequest] as const] : [];
    });

    it('are many', () => {
      expect(documents.length).toBeGreaterThan(15);
    });

    it.each(documents)('(%s) make a row that fits its schema', (_path, pullRequest) => {
      const repository = { id: 1, key: 'KEY', slug: 'slug', fullName: 'KEY/slug' };
      expect(pullRequests.fingerprint(pullRequest)).toMatch(/^.{9}$/);
      const row = JSON.parse(JSON.stringify(rowOfEntry(pullRequests, pullRequest, repository))) as Document;
      expect(violations('pull_requests', [row])).toEqual([]);
      expect(sourceCodeIn(row)).toEqual([]);
    });
  });

  describe('a recorded error', () => {
    it('is what it says: a project that does not exist', () => {
      expect(refusal(404, text('drone-go-scm/error.json'), {})).toMatchObject({
        kind: 'not_found',
        details: { exceptionName: 'NoSuchProjectException' },
      });
    });
  });
}
