import { client, type Client } from './client';
import { Simulator, SOURCE_MARKER, type Row, type SimulatorOptions, type StreamName } from './index';

/*
 * A reader that knows only what is served, written without a look at truth.ts, against what truth says must come out.
 */
const iso = (value: number | undefined): string | null => (value === undefined ? null : new Date(value).toISOString());

const clean = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, each: unknown) => {
      if (['diff', 'hunks', 'segments', 'lines'].includes(key)) return undefined;
      return typeof each === 'number' && (key.endsWith('Date') || key.endsWith('Timestamp')) ? iso(each) : each;
    }),
  );

let simulator: Simulator;
afterEach(() => simulator.stop());

interface Served {
  readonly rows: Record<StreamName, Row[]>;
  readonly listed: any[];
}

const readEverything = async (server: Client, usersListing: string): Promise<Served> => {
  const rows: Served['rows'] = {
    projects: [],
    repositories: [],
    users: [],
    pull_requests: [],
    pull_request_activities: [],
    pull_request_diffs: [],
    pull_request_commits: [],
    branches: [],
    tags: [],
    commits: [],
    builds: [],
  };
  const listed: any[] = [];
  for (const each of await server.all(usersListing === 'admin' ? '/admin/users' : '/users')) {
    const { id, name, slug, displayName, emailAddress = null, active, type, directoryName = null, links } = each;
    rows.users.push({
      id,
      name,
      slug,
      display_name: displayName,
      email_address: emailAddress,
      active,
      type,
      directory_name: directoryName,
      links,
      deleted_at: null,
    });
  }
  const repositories = await server.all('/repos?archived=ALL');
  const projects = new Map<number, any>((await server.all('/projects')).map((each) => [each.id as number, each]));
  for (const { project } of repositories) projects.set(project.id as number, project);
  for (const { id, key, name, description = null, public: open = null, type, owner = null, links } of projects.values()) {
    rows.projects.push({ id, key, name, description, public: open, type, owner, links, deleted_at: null });
  }
  for (const each of repositories) {
    const {
      id,
      slug,
      name,
      description = null,
      project,
      hierarchyId = null,
      scmId,
      state,
      statusMessage,
      forkable,
      public: open,
      archived = null,
      origin,
      links,
    } = each;
    const path = `/projects/${project.key as string}/repos/${slug as string}`;
    const full_name = `${project.key as string}/${slug as string}`;
    const branch = await server.get(`${path}/branches/default`);
    rows.repositories.push({
      id,
      slug,
      name,
      description,
      project_id: project.id,
      project_key: project.key,
      full_name,
      hierarchy_id: hierarchyId,
      scm_id: scmId,
      state,
      status_message: statusMessage,
      forkable,
      public: open,
      archived,
      default_branch: branch.status === 200 ? branch.body.displayId : null,
      origin_id: origin?.id ?? null,
      links,
      deleted_at: null,
    });
    if (state === 'AVAILABLE') {
      const owner = { repository_id: id as number, repository_full_name: full_name };
      await readRefs(server, path, owner, rows);
    }
    for (const pullRequest of await server.all(`${path}/pull-requests?state=ALL`)) {
      listed.push(pullRequest);
      rows.pull_requests.push(fromList(id as number, full_name, pullRequest));
      const own = { repository_id: id, repository_full_name: full_name, pull_request_id: pullRequest.id };
      const base = `${path}/pull-requests/${pullRequest.id as number}`;
      for (const activity of await server.all(`${base}/activities`))
        rows.pull_request_activities.push({ ...own, ...fromActivity(activity, pullRequest) });
      const commits = await server.all(`${base}/commits`);
      for (const [position, commit] of commits.entries())
        rows.pull_request_commits.push({
          ...own,
          ...fromCommit(commit),
          position,
          pull_request_updated_date: iso(pullRequest.updatedDate as number),
        });
      const { body: diff } = await server.get(`${base}/diff?contextLines=0`);
      const { body: changes } = await server.get(`${base}/changes?limit=1000`);
      rows.pull_request_diffs.push({ ...own, ...fromDiff(diff, changes.values as any[], pullRequest) });
    }
  }
  return { rows, listed };
};

/** Branches, tags, and the commits of the default branch. */
const readRefs = async (
  server: Client,
  path: string,
  owner: { repository_id: number; repository_full_name: string },
  rows: Served['rows'],
): Promise<void> => {
  let main: string | undefined;
  const watched = new Set<string>();
  for (const { id, displayId, latestCommit, isDefault } of await server.all(`${path}/branches?orderBy=ALPHABETICAL`)) {
    if (isDefault === true) main = latestCommit as string;
    rows.branches.push({ ...owner, id, name: displayId, is_default: isDefault, commit_id: latestCommit, deleted_at: null });
  }
  for (const { id, displayId, latestCommit, hash } of await server.all(`${path}/tags`))
    rows.tags.push({
      ...owner,
      id,
      name: displayId,
      commit_id: latestCommit,
      tag_hash: hash,
      annotated: hash !== null,
      deleted_at: null,
    });
  for (const { fromRef } of await server.all(`${path}/pull-requests`)) watched.add(fromRef.latestCommit as string);
  for (const commit of main === undefined ? watched : watched.add(main)) {
    const { body } = await server.get(`/rest/build-status/1.0/commits/${commit}?limit=100`);
    rows.builds.push(...(body.values as any[]).map((build) => ({ ...owner, commit_id: commit, ...fromBuild(build) })));
  }
  if (main === undefined) return;
  for (const commit of await server.all(`${path}/commits?until=${main}`))
    rows.commits.push({
      ...owner,
      ...fromCommit(commit),
      is_merge: commit.parents.length > 1,
      on_default_branch: true,
      issue_keys: commit.properties?.['jira-key'] ?? [],
    });
};

/** Without details, and nothing is a deployment. */
const fromBuild = ({ key, name = null, state, url, description = null, dateAdded }: any): Row => ({
  ...{ key, name, state, url, description, date_added: iso(dateAdded as number) },
  ...{ build_number: null, ref: null, parent: null, created_date: null, updated_date: null, duration_ms: null },
  ...{ tests_successful: null, tests_failed: null, tests_skipped: null },
  ...{ is_deployment: false, environment: null, deleted_at: null },
});

const fromCommit = (commit: any): Row => {
  const date = (milliseconds: number): string | null => {
    const year = new Date(milliseconds).getUTCFullYear();
    return year >= 1 && year <= 9999 ? iso(milliseconds) : null;
  };
  const { id, displayId, message, author, committer, authorTimestamp, committerTimestamp, parents } = commit;
  return {
    id,
    display_id: displayId,
    message: Buffer.from((message as string).replaceAll('\0', '\uFFFD')).toString(),
    author_id: author.id ?? null,
    author_name: author.displayName ?? author.name,
    author_email: author.emailAddress ?? null,
    author_date: date(authorTimestamp as number),
    committer_id: committer.id ?? null,
    committer_name: committer.displayName ?? committer.name,
    committer_email: committer.emailAddress ?? null,
    committer_date: date(committerTimestamp as number),
    parents: (parents as any[]).map((parent) => parent.id as string),
    deleted_at: null,
  };
};

const fromList = (repository_id: number, repository_full_name: string, p: any): Row => {
  const { mergeResult, ...properties } = p.properties;
  expect(p.state === 'MERGED' ? mergeResult : mergeResult.outcome).toBe(p.state === 'MERGED' ? undefined : mergeResult.outcome);
  const [project_key, repository_slug] = repository_full_name.split('/');
  return clean({
    repository_id,
    id: p.id,
    repository_full_name,
    project_key,
    repository_slug,
    version: p.version,
    title: p.title,
    description: p.description ?? null,
    state: p.state,
    open: p.open,
    closed: p.closed,
    draft: p.draft ?? null,
    locked: p.locked,
    created_date: iso(p.createdDate),
    updated_date: iso(p.updatedDate),
    closed_date: iso(p.closedDate),
    author_id: p.author.user.id,
    author: p.author,
    reviewers: p.reviewers,
    participants: p.participants,
    from_ref: p.fromRef,
    to_ref: p.toRef,
    source_branch: p.fromRef.displayId,
    target_branch: p.toRef.displayId,
    source_commit: p.fromRef.latestCommit,
    target_commit: p.toRef.latestCommit,
    source_repository_id: p.fromRef.repository?.id ?? null,
    merge_commit: properties.mergeCommit?.id ?? null,
    comment_count: properties.commentCount ?? 0,
    open_task_count: properties.openTaskCount ?? 0,
    resolved_task_count: properties.resolvedTaskCount ?? 0,
    properties,
    url: p.links.self[0].href,
    links: p.links,
    deleted_at: null,
  }) as Row;
};

const fromActivity = (activity: any, pullRequest: any): Row => {
  const {
    id,
    action,
    createdDate,
    user,
    commentAction = null,
    comment = null,
    commentAnchor = null,
    commit = null,
    addedReviewers = null,
    removedReviewers = null,
    fromHash = null,
    toHash = null,
    previousFromHash = null,
    previousToHash = null,
    added = null,
    removed = null,
    ...rest
  } = activity;
  const details = clean(rest) as object;
  return clean({
    id,
    pull_request_updated_date: iso(pullRequest.updatedDate),
    action,
    created_date: iso(createdDate),
    user_id: user.id,
    user,
    comment_action: commentAction,
    comment_id: comment?.id ?? null,
    comment,
    comment_anchor: commentAnchor,
    commit,
    added_reviewers: addedReviewers,
    removed_reviewers: removedReviewers,
    from_hash: fromHash,
    to_hash: toHash,
    previous_from_hash: previousFromHash,
    previous_to_hash: previousToHash,
    added,
    removed,
    details: Object.keys(details).length === 0 ? null : details,
    deleted_at: null,
  }) as Row;
};

const fromDiff = (diff: any, changes: any[], pullRequest: any): Row => {
  const count = (file: any, type: string): number =>
    ((file.hunks ?? []) as any[])
      .flatMap(({ segments }) => segments as any[])
      .filter((segment) => segment.type === type)
      .reduce((sum: number, { lines }) => sum + (lines as unknown[]).length, 0);
  const files = (diff.diffs as any[]).map((file, index) => ({
    path: (file.destination ?? file.source).toString as string,
    previous_path: changes[index].srcPath?.toString ?? null,
    type: changes[index].type as string,
    additions: count(file, 'ADDED'),
    deletions: count(file, 'REMOVED'),
    binary: file.binary ?? false,
  }));
  const sum = (key: 'additions' | 'deletions'): number => files.reduce((total, file) => total + file[key], 0);
  return {
    updated_date: iso(pullRequest.updatedDate),
    source_commit: pullRequest.fromRef.latestCommit,
    target_commit: pullRequest.toRef.latestCommit,
    files,
    file_count: files.length,
    additions: sum('additions'),
    deletions: sum('deletions'),
    truncated: diff.truncated,
    deleted_at: null,
  };
};

/** Short where it fails: the first few rows that only one side has. */
const expectSame = (served: readonly Row[], truth: readonly Row[]): void => {
  const [left, right] = [served, truth].map((rows) => new Set(rows.map((row) => JSON.stringify(sortKeys(row)))));
  const missing = [...right!].filter((row) => !left!.has(row));
  const extra = [...left!].filter((row) => !right!.has(row));
  expect([missing.slice(0, 2), extra.slice(0, 2), served.length]).toEqual([[], [], truth.length]);
};
const sortKeys = (value: any): any =>
  Array.isArray(value)
    ? value.map(sortKeys)
    : value !== null && typeof value === 'object'
      ? Object.fromEntries(
          Object.keys(value as object)
            .sort()
            .map((key) => [key, sortKeys(value[key])]),
        )
      : value;

const CASES: readonly SimulatorOptions[] = [
  { version: '5.16.0' },
  { version: '7.21.0' },
  { version: '8.19.0', extraFields: true },
  { version: '9.4.0', seed: 7, dataset: { projects: 2, repositoriesPerProject: 2, pullRequestsPerRepository: 15 } },
  { version: '10.4.0', usersListing: 'plain', contextPath: '/bitbucket' },
];

test.each(CASES)('what is served is what truth says: %o', async (options) => {
  simulator = await Simulator.start(options);
  const { rows } = await readEverything(client(simulator), options.usersListing ?? 'admin');
  for (const stream of Object.keys(rows) as StreamName[]) {
    let expected = simulator.truth.rows(stream, { includePersonalProjects: true });
    if (options.version === '5.16.0' && stream === 'pull_request_diffs')
      expected = JSON.parse(JSON.stringify(expected).replaceAll('"COPY"', '"MOVE"')) as Row[];
    expectSame(rows[stream], expected);
    expect(JSON.stringify(expected)).not.toContain(SOURCE_MARKER);
  }
  expect(rows.pull_requests.length).toBeGreaterThan(10);
});

test('counters of the list are what its activities hold', async () => {
  for (const version of ['5.16.0', '9.4.0'] as const) {
    simulator = await Simulator.start({ version, dataset: 'demo' });
    const counts = { comments: 0, openTasks: 0, resolvedTasks: 0 };
    const visit = (comment: any): void => {
      if (comment.severity === 'BLOCKER') counts[comment.state === 'OPEN' ? 'openTasks' : 'resolvedTasks'] += 1;
      else counts.comments += 1;
      for (const task of comment.tasks as any[]) counts[task.state === 'OPEN' ? 'openTasks' : 'resolvedTasks'] += 1;
      (comment.comments as any[]).forEach(visit);
    };
    for (const { comment } of simulator.truth.rows('pull_request_activities', { includePersonalProjects: true }))
      if (comment !== null) visit(comment);
    const total = { comments: 0, openTasks: 0, resolvedTasks: 0 };
    for (const row of simulator.truth.rows('pull_requests', { includePersonalProjects: true })) {
      total.comments += row['comment_count'] as number;
      total.openTasks += row['open_task_count'] as number;
      total.resolvedTasks += row['resolved_task_count'] as number;
    }
    expect(total).toEqual(counts);
    expect(total.openTasks * total.resolvedTasks).toBeGreaterThan(0);
    await simulator.stop();
  }
});

test('filters of truth are those of the configuration', async () => {
  simulator = await Simulator.start();
  const keys = (filter: object): unknown[] =>
    simulator.truth
      .rows('projects', filter)
      .map(({ key }) => key)
      .sort();
  const names = (filter: object): unknown[] =>
    simulator.truth
      .rows('repositories', filter)
      .map(({ full_name }) => full_name)
      .sort();
  expect(keys({})).toEqual(['MERGE', 'PLAYG', 'PR']);
  expect(keys({ includePersonalProjects: true })).toEqual(['MERGE', 'PLAYG', 'PR', '~jane']);
  expect(keys({ projects: ['p*'] })).toEqual(['PLAYG', 'PR']);
  expect(keys({ projects: ['~JANE'] })).toEqual(['~jane']);
  expect(keys({ repositories: ['PR/*'] })).toEqual(['PR']);
  expect(keys({ repositories: ['!PR/*'] })).toEqual(['MERGE', 'PLAYG']);
  expect(names({})).toEqual(['PLAYG/empty', 'PLAYG/old-tool', 'PLAYG/service', 'PR/service']);
  expect(names({ includeArchived: false, repositories: ['*/*', '!*/empty'] })).toEqual(['PLAYG/service', 'PR/service']);
  expect(names({ projects: ['PR'], repositories: ['PLAYG/*'] })).toEqual([]);
  const dates = simulator.truth
    .rows('pull_requests')
    .map(({ updated_date }) => String(updated_date))
    .sort();
  const startDate = dates[5]!;
  const later = dates.filter((date) => date >= startDate);
  expect(later.length).toBeLessThan(dates.length);
  for (const stream of ['pull_requests', 'pull_request_diffs'] as const) {
    expect(
      simulator.truth
        .rows(stream, { startDate })
        .map(({ updated_date }) => String(updated_date))
        .sort(),
    ).toEqual(later);
  }
  expect(
    simulator.truth
      .rows('users', { inactiveUsers: true })
      .filter(({ active }) => active === false)
      .map(({ name }) => name),
  ).toEqual(['dave']);
});
