/** An event as a server of some version sends it. */
export interface Event {
  readonly version: string;
  readonly key: string;
  readonly body: Buffer;
  /** What it marks, as `repository/pull request`; null: nothing. */
  readonly mark: string | null;
}

type Document = Record<string, unknown>;

/** How versions differ: dates as numbers, or since 10.3 as text; fields that came later; whether the body is indented. */
interface Manner {
  readonly version: string;
  readonly date: (instant: number) => number | string;
  readonly since7: boolean;
  readonly indented: boolean;
}

const MANNERS: readonly Manner[] = [
  { version: '5.16', date: (instant) => instant, since7: false, indented: false },
  { version: '7.21', date: (instant) => instant, since7: true, indented: true },
  { version: '9.4', date: (instant) => instant, since7: true, indented: false },
  { version: '10.4', date: (instant) => new Date(instant).toISOString(), since7: true, indented: false },
];

const AT = Date.UTC(2026, 7, 19, 17, 27, 55, 266);
const user = {
  name: 'jcitizen',
  emailAddress: 'jane@example.com',
  id: 101,
  displayName: 'Jane Citizen',
  active: true,
  slug: 'jcitizen',
  type: 'NORMAL',
};
const comment = (manner: Manner) => ({
  id: 62,
  version: 0,
  text: 'I am a PR comment',
  author: user,
  createdDate: manner.date(AT),
  updatedDate: manner.date(AT),
  comments: [],
  tasks: [],
});

/** What goes beside the pull request, by event; a stale version or a missing field is as servers send it. */
const OF_PULL_REQUESTS: Readonly<Record<string, (manner: Manner) => Document>> = {
  'pr:opened': () => ({}),
  'pr:modified': () => ({
    previousTitle: 'A new title',
    previousDescription: null,
    previousTarget: { id: 'refs/heads/main', displayId: 'main', type: 'BRANCH' },
  }),
  'pr:from_ref_updated': () => ({ previousFromHash: 'cd'.repeat(20) }),
  'pr:reviewer:updated': () => ({ addedReviewers: [user], removedReviewers: [] }),
  'pr:reviewer:approved': () => ({
    participant: { user, role: 'REVIEWER', approved: true, status: 'APPROVED' },
    previousStatus: 'UNAPPROVED',
  }),
  'pr:reviewer:unapproved': () => ({
    participant: { user, role: 'REVIEWER', approved: false, status: 'UNAPPROVED' },
    previousStatus: 'APPROVED',
  }),
  'pr:reviewer:needs_work': () => ({
    participant: { user, role: 'REVIEWER', approved: false, status: 'NEEDS_WORK' },
    previousStatus: 'APPROVED',
  }),
  'pr:reviewer:changes_requested': () => ({ participant: { user, role: 'REVIEWER', approved: false, status: 'NEEDS_WORK' } }),
  'pr:merged': () => ({}),
  'pr:declined': () => ({}),
  'pr:deleted': () => ({}),
  'pr:comment:added': (manner) => ({ comment: comment(manner), commentParentId: 43 }),
  'pr:comment:edited': (manner) => ({ comment: comment(manner), previousComment: 'I am a comment' }),
  'pr:comment:deleted': (manner) => ({ comment: comment(manner) }),
};

const OF_REPOSITORIES: Readonly<Record<string, (repository: Document) => Document>> = {
  'repo:refs_changed': (repository) => ({
    repository,
    changes: [
      {
        ref: { id: 'refs/heads/main', displayId: 'main', type: 'BRANCH' },
        refId: 'refs/heads/main',
        fromHash: '0'.repeat(40),
        toHash: 'ab'.repeat(20),
        type: 'ADD',
      },
    ],
  }),
  'repo:modified': (repository) => ({ old: repository, new: { ...repository, name: 'api2' } }),
};
const UNKNOWN: typeof OF_REPOSITORIES = {
  'repo:forked': (repository) => ({ repository }),
  'repo:comment:added': (repository) => ({ repository, commit: 'ab'.repeat(20), comment: { id: 1, text: 'x' } }),
  'mirror:repo_synchronized': (repository) => ({
    repository,
    changes: [],
    mirrorServer: { id: 'B1', name: 'mirror' },
    syncType: 'INCREMENTAL',
  }),
  'repo:something_of_tomorrow': (repository) => ({ repository, deep: [[{}]] }),
};

/** Every event in the manner of several versions, 5.x to 10.x; each about another pull request. */
export function eventsByVersion(): Event[] {
  let id = 100;
  return MANNERS.flatMap((manner) => {
    const print = (payload: Document) => Buffer.from(JSON.stringify(payload, null, manner.indented ? 2 : undefined));
    const event = (key: string, body: Document, mark: string | null): Event => ({
      version: manner.version,
      key,
      mark,
      body: print({ eventKey: key, date: '2026-08-19T17:27:55+1000', actor: user, ...body }),
    });
    return [
      ...Object.entries(OF_PULL_REQUESTS).map(([key, rest]) =>
        event(key, { pullRequest: pullRequestOf(++id, 7, manner), ...rest(manner) }, `${id}/7`),
      ),
      ...Object.entries(OF_REPOSITORIES).map(([key, rest]) => event(key, rest(repositoryOf(++id, manner)), `${id}/*`)),
      ...Object.entries(UNKNOWN).map(([key, rest]) => event(key, rest(repositoryOf(++id, manner)), null)),
    ];
  });
}

/** An event of the latest version. */
export function openedPayload(repositoryId: number, id: number, eventKey = 'pr:opened'): Buffer {
  const manner = MANNERS[3]!;
  return Buffer.from(
    JSON.stringify({
      eventKey,
      date: '2026-08-19T17:27:55+0000',
      actor: user,
      pullRequest: pullRequestOf(repositoryId, id, manner),
    }),
  );
}

function repositoryOf(id: number, { since7 }: Manner): Document {
  const project = { key: 'PLAT', id: 84, name: 'Platform', public: false, type: 'NORMAL' };
  return {
    slug: 'api',
    id,
    name: 'api',
    ...(since7 && { hierarchyId: '050ab73089457a2ae375', archived: false }),
    scmId: 'git',
    state: 'AVAILABLE',
    forkable: true,
    project,
    public: false,
  };
}

function pullRequestOf(repositoryId: number, id: number, manner: Manner): Document {
  const ref = (name: string, repository: number) => ({
    id: `refs/heads/${name}`,
    displayId: name,
    latestCommit: 'ab'.repeat(20),
    repository: repositoryOf(repository, manner),
  });
  return {
    id,
    version: 0,
    title: `Pull request ${id}`,
    state: 'OPEN',
    open: true,
    closed: false,
    createdDate: manner.date(AT),
    updatedDate: manner.date(AT),
    fromRef: ref('feature', repositoryId + 10_000),
    toRef: ref('main', repositoryId),
    locked: false,
    author: { user, role: 'AUTHOR', approved: false, status: 'UNAPPROVED' },
    reviewers: [],
    participants: [],
  };
}
