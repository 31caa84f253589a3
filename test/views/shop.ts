/** A row of a stream; columns that are left out are null. */
export type Row = Readonly<Record<string, unknown>>;

const at = (day: number, time: string) => `2026-03-${String(day).padStart(2, '0')}T${time}:00.000Z`;
const commit = (letter: string) => letter.repeat(40).slice(0, 40);

const ANN = {
  id: 1,
  name: 'ann',
  slug: 'ann',
  displayName: 'Ann',
  emailAddress: 'ann@example.com',
  active: true,
  type: 'NORMAL',
};
const BOB = { ...ANN, id: 2, name: 'bob', slug: 'bob', displayName: 'Bob', emailAddress: 'bob@example.com' };
const CID = { ...ANN, id: 3, name: 'cid', slug: 'cid', displayName: 'Cid', emailAddress: 'cid@example.com' };
/** A bot by its name. */
const BUILD_BOT = {
  ...ANN,
  id: 4,
  name: 'build-bot',
  slug: 'build-bot',
  displayName: 'Builds',
  emailAddress: 'builds@example.com',
};
/** A bot by its type. */
const SCANNER = {
  ...ANN,
  id: 5,
  name: 'scan',
  slug: 'scan',
  displayName: 'Scan',
  emailAddress: 'scan@example.com',
  type: 'SERVICE',
};
/** Not in the list of users: only documents know her. */
const DORA = { ...ANN, id: 6, name: 'dora', slug: 'dora', displayName: 'Dora', emailAddress: 'dora@example.com' };

type Person = typeof ANN;
const WEB = 10;
const FORK = 11;
const DELETED = 12;

const participant = (user: Person, status: string, role = 'REVIEWER') => ({
  user,
  role,
  status,
  approved: status === 'APPROVED',
});

function pullRequest(id: number, opened: string, columns: Row = {}, author: Person = ANN): Row {
  return {
    repository_id: WEB,
    id,
    title: `Change ${id}`,
    state: 'OPEN',
    draft: false,
    created_date: opened,
    updated_date: opened,
    author_id: author.id,
    author: participant(author, 'UNAPPROVED', 'AUTHOR'),
    reviewers: [],
    participants: [],
    source_branch: `feature/${id}`,
    target_branch: 'main',
    comment_count: 0,
    open_task_count: 0,
    resolved_task_count: 0,
    ...columns,
  };
}

let activities = 0;
function activity(pullRequestId: number, action: string, user: Person, when: string, columns: Row = {}): Row {
  return {
    repository_id: WEB,
    id: ++activities,
    pull_request_id: pullRequestId,
    action,
    user_id: user.id,
    user,
    created_date: when,
    ...columns,
  };
}

const comment = (id: number, author: Person, when: string, more: Row = {}) => ({
  id,
  version: 0,
  text: `Comment ${id}`,
  author,
  createdDate: when,
  updatedDate: when,
  severity: 'NORMAL',
  state: 'OPEN',
  comments: [],
  ...more,
});

function commented(pullRequestId: number, id: number, user: Person, when: string, more: Row = {}, columns: Row = {}): Row {
  return activity(pullRequestId, 'COMMENTED', user, when, {
    comment_action: 'ADDED',
    comment_id: id,
    comment: comment(id, user, when, more),
    ...columns,
  });
}

/** The source moved; a RESCOPED in which only the target did has the same hash before and after. */
const pushed = (pullRequestId: number, when: string, from: string, to: string) =>
  activity(pullRequestId, 'RESCOPED', ANN, when, { previous_from_hash: commit(from), from_hash: commit(to) });

const merged = (when: string, mergeCommit: string) => ({
  state: 'MERGED',
  closed_date: when,
  updated_date: when,
  merge_commit: commit(mergeCommit),
});

function build(commitId: string, key: string, when: string, columns: Row = {}): Row {
  return {
    repository_id: WEB,
    commit_id: commit(commitId),
    key,
    name: key,
    state: 'SUCCESSFUL',
    date_added: when,
    is_deployment: true,
    environment: 'production',
    changed_at: when,
    ...columns,
  };
}

const onMain = (id: string, when: string): Row => ({
  repository_id: WEB,
  id: commit(id),
  message: `Commit ${id}`,
  author_date: when,
  committer_date: when,
  on_default_branch: true,
  is_merge: false,
  parents: [],
  issue_keys: [],
});

const changed_at = at(1, '00:00');

/**
 * Two weeks of a small shop, small enough that every measure can be worked out by hand: metrics.test.ts does. March 2026 throughout.
 */
export const SHOP: Readonly<Record<string, readonly Row[]>> = {
  projects: [{ id: 1, key: 'SHOP', name: 'Web shop', public: false, type: 'NORMAL', changed_at }],
  repositories: [
    {
      id: WEB,
      slug: 'web',
      name: 'web',
      full_name: 'SHOP/web',
      project_id: 1,
      project_key: 'SHOP',
      default_branch: 'main',
      archived: false,
      changed_at,
    },
    {
      id: FORK,
      slug: 'web',
      name: 'web',
      full_name: '~ann/web',
      project_id: 2,
      project_key: '~ann',
      default_branch: 'main',
      origin_id: WEB,
      changed_at,
    },
    { id: DELETED, changed_at, deleted_at: at(9, '00:00') },
  ],
  users: [ANN, BOB, CID, BUILD_BOT, SCANNER].map((user) => ({
    id: user.id,
    name: user.name,
    slug: user.slug,
    display_name: user.displayName,
    email_address: user.emailAddress,
    active: user.active,
    type: user.type,
    changed_at,
  })),
  pull_requests: [
    pullRequest(1, at(2, '09:00'), {
      ...merged(at(2, '21:00'), 'm1'),
      reviewers: [participant(BOB, 'APPROVED'), participant(CID, 'UNAPPROVED')],
    }),
    pullRequest(2, at(3, '08:00'), {
      ...merged(at(3, '09:30'), 'm2'),
      title: 'Revert "Change 1"',
      reviewers: [participant(BUILD_BOT, 'APPROVED')],
    }),
    pullRequest(3, at(4, '08:00'), { ...merged(at(4, '12:00'), 'm3'), reviewers: [participant(BOB, 'APPROVED')] }),
    pullRequest(4, at(5, '08:00'), { reviewers: [participant(BOB, 'NEEDS_WORK')] }),
    pullRequest(5, at(5, '08:00'), { reviewers: [participant(BOB, 'NEEDS_WORK')] }),
    pullRequest(6, at(5, '08:00'), { reviewers: [participant(BOB, 'APPROVED')] }),
    pullRequest(7, at(5, '08:00'), { reviewers: [participant(BOB, 'UNAPPROVED')] }),
    pullRequest(8, at(5, '08:00')),
    pullRequest(9, at(5, '08:00'), { draft: true, reviewers: [participant(BOB, 'UNAPPROVED')] }),
    pullRequest(10, at(6, '08:00'), {
      state: 'DECLINED',
      closed_date: at(6, '10:00'),
      reviewers: [participant(BOB, 'UNAPPROVED')],
    }),
    { repository_id: WEB, id: 11, updated_date: at(6, '08:00'), deleted_at: at(7, '00:00') },
    pullRequest(12, at(6, '08:00'), {
      open_task_count: 1,
      reviewers: [participant(BOB, 'APPROVED')],
      participants: [participant(CID, 'UNAPPROVED', 'PARTICIPANT')],
    }),
    pullRequest(13, at(6, '08:00'), { reviewers: [participant(CID, 'UNAPPROVED')] }, DORA),
    { ...pullRequest(1, at(2, '09:00')), repository_id: DELETED },
  ],
  pull_request_activities: [
    activity(1, 'OPENED', ANN, at(2, '09:00')),
    commented(1, 101, BUILD_BOT, at(2, '09:05')),
    activity(1, 'UPDATED', ANN, at(2, '10:00'), { added_reviewers: [CID], removed_reviewers: [] }),
    commented(
      1,
      102,
      BOB,
      at(2, '11:00'),
      { comments: [comment(103, ANN, at(2, '11:30'), { comments: [comment(104, CID, at(2, '12:00'))] })] },
      { comment_anchor: { path: 'src/basket.ts', line: 7, lineType: 'ADDED', fileType: 'TO' } },
    ),
    pushed(1, at(2, '13:00'), 'a', 'b'),
    activity(1, 'REVIEWED', BOB, at(2, '14:00')),
    pushed(1, at(2, '15:00'), 'b', 'c'),
    pushed(1, at(2, '16:00'), 'c', 'c'),
    activity(1, 'APPROVED', BOB, at(2, '17:00')),
    activity(1, 'MERGED', BOB, at(2, '21:00')),
    activity(2, 'OPENED', ANN, at(3, '08:00')),
    activity(2, 'APPROVED', BUILD_BOT, at(3, '08:01')),
    activity(2, 'MERGED', ANN, at(3, '09:30')),
    commented(2, 201, BOB, at(3, '10:00')),
    activity(3, 'OPENED', ANN, at(4, '08:00')),
    commented(3, 301, BOB, at(4, '09:00')),
    activity(3, 'DRAFT_STATUS_UPDATED', ANN, at(4, '10:00')),
    activity(3, 'APPROVED', BOB, at(4, '11:00')),
    activity(3, 'MERGED', ANN, at(4, '12:00')),
    activity(4, 'REVIEWED', BOB, at(5, '10:00')),
    activity(5, 'REVIEWED', BOB, at(5, '10:00')),
    pushed(5, at(5, '12:00'), 'd', 'e'),
    activity(6, 'APPROVED', BOB, at(5, '10:00')),
    commented(7, 701, CID, at(5, '09:00'), { state: 'PENDING' }),
    activity(10, 'APPROVED', BOB, at(6, '09:00')),
    activity(10, 'UNAPPROVED', BOB, at(6, '09:30')),
    activity(10, 'DECLINED', ANN, at(6, '10:00')),
    commented(11, 1101, BOB, at(6, '09:00')),
    activity(12, 'APPROVED', BOB, at(6, '09:00')),
    // The same comment in two activities.
    commented(12, 1201, CID, at(6, '10:00'), { severity: 'BLOCKER' }),
    commented(12, 1201, CID, at(6, '10:00'), { severity: 'BLOCKER' }),
    // Deleted on the server.
    commented(12, 1202, CID, at(6, '08:30'), {}, { deleted_at: at(7, '00:00') }),
    { ...commented(1, 9901, BOB, at(2, '10:00')), repository_id: DELETED },
  ],
  pull_request_diffs: [
    {
      repository_id: WEB,
      pull_request_id: 1,
      updated_date: at(2, '21:00'),
      files: [],
      file_count: 3,
      additions: 30,
      deletions: 20,
      truncated: false,
    },
    {
      repository_id: WEB,
      pull_request_id: 2,
      updated_date: at(3, '09:30'),
      files: [],
      file_count: 1,
      additions: 5,
      deletions: 4,
      truncated: false,
    },
  ],
  pull_request_commits: [
    {
      repository_id: WEB,
      pull_request_id: 1,
      id: commit('a'),
      position: 1,
      author_id: 1,
      author_date: at(1, '21:00'),
      message: 'First',
      pull_request_updated_date: at(2, '21:00'),
    },
    {
      repository_id: WEB,
      pull_request_id: 1,
      id: commit('c'),
      position: 0,
      author_id: 1,
      author_date: at(2, '15:00'),
      message: 'Last',
      pull_request_updated_date: at(2, '21:00'),
    },
    {
      repository_id: WEB,
      pull_request_id: 1,
      id: commit('b'),
      pull_request_updated_date: at(2, '15:00'),
      deleted_at: at(2, '15:00'),
    },
  ],
  branches: [{ repository_id: WEB, id: 'refs/heads/main', name: 'main', is_default: true, commit_id: commit('m3'), changed_at }],
  tags: [],
  commits: [
    onMain('old', at(1, '12:00')),
    onMain('m1', at(2, '21:00')),
    onMain('next', at(2, '22:00')),
    onMain('m2', at(3, '09:30')),
    onMain('m3', at(4, '12:00')),
  ],
  builds: [
    build('old', 'DEPLOY', at(2, '23:00')),
    build('next', 'DEPLOY', at(3, '03:00')),
    { ...build('next', 'DEPLOY', at(3, '03:00')), repository_id: FORK },
    build('next', 'DEPLOY-AGAIN', at(3, '05:00'), { state: 'FAILED' }),
    build('m2', 'DEPLOY', at(3, '12:00')),
    build('next', 'DEPLOY-BACK', at(6, '12:00')),
    build('m3', 'DEPLOY-STAGE', at(4, '13:00'), { environment: 'staging' }),
    build('m3', 'TEST', at(4, '12:30'), { is_deployment: false, environment: null }),
  ],
};
