import type { Row } from '../views/shop';

const DAY_MS = 86_400_000;
const START = Date.parse('2025-11-03T09:00:00Z');
const hour = (hours: number) => new Date(START + Math.round(hours * 3600) * 1000).toISOString();
const commit = (id: number) => id.toString(16).padStart(40, '0');
/** The same numbers each time, spread as if by chance. */
const spread = (seed: number, limit: number) => ((seed * 7919 + 104729) % 10007) % limit;
const changed_at = new Date(START).toISOString();

/** Text that would do harm in a page that does not escape it. */
export const NASTY = `</script><script>document.title="stolen"</script><img src=x onerror='document.title="stolen"'> "&'`;

const person = (id: number, type = 'NORMAL') => ({
  id,
  name: type === 'SERVICE' ? `machine${id}` : `person${id}`,
  slug: `person${id}`,
  displayName: type === 'SERVICE' ? `Machine ${id}` : id === 1 ? `Ann <b>${id}</b>` : `Person ${id}`,
  emailAddress: `person${id}@example.com`,
  active: true,
  type,
});
const PEOPLE = [1, 2, 3, 4, 5, 6].map((id) => person(id)).concat(person(7, 'SERVICE'));
const repositories = [
  { id: 1, slug: 'web', key: 'SHOP', project: 1 },
  { id: 2, slug: "o'neill", key: 'SHOP', project: 1 },
  { id: 3, slug: 'ledger', key: 'BANK', project: 2 },
];

/** Half a year of pull requests in three repositories: drafts, bots, sizes, pushes, reviews, deployments, and a title that would do harm. */
export function town(count = 260): Readonly<Record<string, readonly Row[]>> {
  const pullRequests: Row[] = [];
  const activities: Row[] = [];
  const diffs: Row[] = [];
  for (let id = 1; id <= count; id++) {
    const opened = id * 18 + spread(id, 12) + 0.37;
    const author = PEOPLE[spread(id, 5) === 4 ? 6 : spread(id, 5)]!;
    const reviewers = PEOPLE.slice(0, 6).filter(({ id: other }) => other !== author.id && spread(id * other, 3) === 0);
    const took = 1 + spread(id, 90) + spread(id, 7) / 7;
    const repository_id = (spread(id, 9) % 3) + 1;
    const state = id % 11 === 0 ? 'OPEN' : id % 13 === 0 ? 'DECLINED' : 'MERGED';
    const act = (action: string, user: Row, when: number, more: Row = {}) =>
      activities.push({
        ...{ repository_id, id: activities.length + 1, pull_request_id: id, action, user_id: user['id'], user },
        ...{ created_date: hour(opened + when), ...more },
      });
    pullRequests.push({
      ...{ repository_id, id, title: id % 22 === 0 ? NASTY : `Change ${id}`, state, draft: false, author_id: author.id },
      ...{ created_date: hour(opened), updated_date: hour(opened + took) },
      ...(state === 'OPEN' ? {} : { closed_date: hour(opened + took) }),
      ...(state === 'MERGED' ? { merge_commit: commit(id) } : {}),
      author: { user: author, role: 'AUTHOR', status: 'UNAPPROVED', approved: false },
      reviewers: reviewers.map((user) => ({ user, role: 'REVIEWER', status: 'APPROVED', approved: true })),
      participants: [],
      ...{
        source_branch: `feature/${id}`,
        target_branch: 'main',
        comment_count: 0,
        open_task_count: id % 3,
        resolved_task_count: 0,
      },
      url: id === 11 ? 'javascript:alert(1)' : `https://git.example.com/projects/P/repos/r/pull-requests/${id}`,
    });
    act('OPENED', author, 0);
    if (id % 8 === 0) act('DRAFT_STATUS_UPDATED', author, took * 0.1);
    for (const [index, user] of reviewers.entries()) {
      act(index === 0 ? 'REVIEWED' : 'APPROVED', user, took * 0.3 + index / 10);
      if (index > 0)
        act('RESCOPED', author, took * 0.35 + index / 10, {
          previous_from_hash: commit(1e6 + id * 10 + index),
          from_hash: commit(2e6 + id * 10 + index),
        });
    }
    if (id % 6 !== 0)
      diffs.push({
        repository_id,
        pull_request_id: id,
        updated_date: hour(opened),
        files: [],
        file_count: 2,
        additions: spread(id, 1500),
        deletions: spread(id, 40),
        truncated: false,
      });
  }
  return {
    projects: [1, 2].map((id) => ({
      id,
      key: id === 1 ? 'SHOP' : 'BANK',
      name: `Project ${id}`,
      public: false,
      type: 'NORMAL',
      changed_at,
    })),
    repositories: repositories.map(({ id, slug, key, project }) => ({
      id,
      slug,
      name: slug,
      full_name: `${key}/${slug}`,
      project_id: project,
      project_key: key,
      default_branch: 'main',
      archived: false,
      changed_at,
    })),
    users: PEOPLE.map(({ displayName, emailAddress, ...user }) => ({
      ...user,
      display_name: displayName,
      email_address: emailAddress,
      changed_at,
    })),
    pull_requests: pullRequests,
    pull_request_activities: activities,
    pull_request_diffs: diffs,
    commits: pullRequests
      .filter(({ state }) => state === 'MERGED')
      .map(({ repository_id, merge_commit, closed_date }) => ({
        repository_id,
        id: merge_commit,
        message: 'Merge',
        author_date: closed_date,
        committer_date: closed_date,
        on_default_branch: true,
        is_merge: true,
        parents: [],
        issue_keys: [],
      })),
    builds: pullRequests
      .filter(({ state, id }) => state === 'MERGED' && Number(id) % 4 === 0)
      .map(({ repository_id, merge_commit, closed_date, id }) => ({
        ...{
          repository_id,
          commit_id: merge_commit,
          key: 'DEPLOY',
          name: 'DEPLOY',
          state: Number(id) % 5 === 0 ? 'FAILED' : 'SUCCESSFUL',
        },
        date_added: new Date(Date.parse(String(closed_date)) + DAY_MS / 3).toISOString(),
        ...{ is_deployment: true, environment: 'production', changed_at: closed_date },
      })),
  };
}

/** When the town's data was read: shortly after the last of it. */
export const READ_AT = '2026-05-20T12:00:00.000Z';
