import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Row, SHOP } from './shop';
import { Warehouse } from './warehouse';

let shop: Warehouse;
beforeAll(async () => {
  shop = await Warehouse.open();
  await shop.fill(SHOP);
}, 60_000);
afterAll(() => shop.remove());

const fact = async (id: number, columns: string) =>
  (await shop.rows(`SELECT ${columns} FROM pull_request_facts WHERE pull_request_id = ${id}`))[0];

test('cycle time runs from opening to merge, and its four parts make it up', async () => {
  // #1: opened 09:00. The bot's comment at 09:05 is no review, Bob's at 11:00 is: 2 h. He approves at 17:00: 6 h. Merged 21:00: 4 h.
  expect(
    await fact(
      1,
      'first_review_at, first_approval_at, cycle_hours, draft_hours, waiting_for_review_hours, in_review_hours, waiting_for_merge_hours',
    ),
  ).toEqual({
    first_review_at: '2026-03-02 11:00',
    first_approval_at: '2026-03-02 17:00',
    cycle_hours: 12,
    draft_hours: 0,
    waiting_for_review_hours: 2,
    in_review_hours: 6,
    waiting_for_merge_hours: 4,
  });
  const off = await shop.rows(`SELECT pull_request_id FROM pull_request_facts
    WHERE abs(draft_hours + waiting_for_review_hours + in_review_hours + waiting_for_merge_hours - cycle_hours) > 1e-9`);
  expect(off).toEqual([]);
});

test('a pull request that nobody but a bot looked at was merged without a review', async () => {
  // #2: opened 08:00, approved by a bot, merged 09:30; Bob's comment at 10:00 came too late. All of the 1.5 h was waiting for the merge.
  expect(
    await fact(
      2,
      'merged_without_review, first_review_at, first_approval_at, hours_to_first_review, cycle_hours, waiting_for_review_hours, in_review_hours, waiting_for_merge_hours, review_rounds, reviewer_count',
    ),
  ).toEqual({
    merged_without_review: true,
    first_review_at: null,
    first_approval_at: null,
    hours_to_first_review: null,
    cycle_hours: 1.5,
    waiting_for_review_hours: 0,
    in_review_hours: 0,
    waiting_for_merge_hours: 1.5,
    review_rounds: 0,
    reviewer_count: 0,
  });
  expect(await fact(1, 'merged_without_review')).toEqual({ merged_without_review: false });
});

test('the draft is a part of its own, and a review during it did not wait', async () => {
  // #3: opened 08:00 as a draft, commented on at 09:00, ready at 10:00, approved 11:00, merged 12:00.
  expect(
    await fact(
      3,
      'ready_at, draft_hours, waiting_for_review_hours, in_review_hours, waiting_for_merge_hours, cycle_hours, open_to_first_review_hours, hours_to_first_review, hours_to_first_approval',
    ),
  ).toEqual({
    ready_at: '2026-03-04 10:00',
    draft_hours: 2,
    waiting_for_review_hours: 0,
    in_review_hours: 1,
    waiting_for_merge_hours: 1,
    cycle_hours: 4,
    open_to_first_review_hours: 1,
    hours_to_first_review: 0,
    hours_to_first_approval: 1,
  });
});

test('a round of review is a version of the source that was reviewed', async () => {
  // #1: Bob and Cid on the first version, Bob on the second (14:00) and on the third (17:00). At 16:00 only the target moved.
  expect(await fact(1, 'review_rounds, push_count')).toEqual({ review_rounds: 3, push_count: 2 });
  // #10: one approval, withdrawn.
  expect(await fact(10, 'review_rounds, push_count')).toEqual({ review_rounds: 1, push_count: 0 });
});

test('an approval counts from when it was given, also where it was withdrawn', async () => {
  // #10: approved 09:00, withdrawn 09:30, declined 10:00: no cycle time, and the review's outcome is a comment's.
  expect(await fact(10, 'state, first_approval_at, declined_at, cycle_hours, waiting_for_merge_hours')).toEqual({
    state: 'DECLINED',
    first_approval_at: '2026-03-06 09:00',
    declined_at: '2026-03-06 10:00',
    cycle_hours: null,
    waiting_for_merge_hours: null,
  });
  expect(await shop.rows('SELECT outcome, approval_count FROM reviews WHERE pull_request_id = 10')).toEqual([
    { outcome: 'COMMENTED', approval_count: 1 },
  ]);
});

test('whose turn it is, and since when', async () => {
  const waiting = await shop.rows(
    'SELECT pull_request_id AS id, waiting_for AS turn, waiting_since AS since FROM pull_request_facts ORDER BY id',
  );
  expect(waiting.filter(({ turn }) => turn !== null)).toEqual([
    { id: 4, turn: 'author', since: '2026-03-05 10:00' }, // Bob asked for work
    { id: 5, turn: 'reviewers', since: '2026-03-05 12:00' }, // he did, and Ann has pushed since
    { id: 6, turn: 'merge', since: '2026-03-05 10:00' }, // approved
    { id: 7, turn: 'reviewers', since: '2026-03-05 08:00' }, // nobody has answered; an unpublished comment is no answer
    { id: 8, turn: 'author', since: '2026-03-05 08:00' }, // nobody was asked
    { id: 9, turn: 'author', since: '2026-03-05 08:00' }, // a draft
    { id: 12, turn: 'author', since: '2026-03-06 10:00' }, // approved, but there is an open task
    { id: 13, turn: 'reviewers', since: '2026-03-06 08:00' },
  ]);
  expect(waiting.filter(({ turn }) => turn === null).map(({ id }) => id)).toEqual([1, 2, 3, 10]);
});

test('size is lines added and removed, in five classes', async () => {
  expect(await fact(1, 'file_count, lines_changed, size_class')).toEqual({ file_count: 3, lines_changed: 50, size_class: 'M' });
  expect(await fact(2, 'lines_changed, size_class')).toEqual({ lines_changed: 9, size_class: 'XS' });
  expect(await fact(3, 'lines_changed, size_class')).toEqual({ lines_changed: null, size_class: null });
});

test('comments are counted with their replies, each once', async () => {
  // #1: the bot, Bob, Ann's reply, Cid's reply to it; of others than the author and bots: Bob and Cid.
  expect(await fact(1, 'comment_count, review_comment_count, reviewed_by_count')).toEqual({
    comment_count: 4,
    review_comment_count: 2,
    reviewed_by_count: 2,
  });
  // #12: one comment that two activities tell of, and one that was deleted.
  expect(await fact(12, 'comment_count')).toEqual({ comment_count: 1 });
  expect(
    await shop.rows(
      'SELECT comment_id, parent_id, depth, author_name, is_by_author, path, line FROM pull_request_comments WHERE pull_request_id = 1 AND thread_id = 102 ORDER BY comment_id',
    ),
  ).toEqual([
    { comment_id: 102, parent_id: null, depth: 0, author_name: 'Bob', is_by_author: false, path: 'src/basket.ts', line: 7 },
    { comment_id: 103, parent_id: 102, depth: 1, author_name: 'Ann', is_by_author: true, path: 'src/basket.ts', line: 7 },
    { comment_id: 104, parent_id: 103, depth: 2, author_name: 'Cid', is_by_author: false, path: 'src/basket.ts', line: 7 },
  ]);
});

test('reviews have one row per reviewer, bots marked', async () => {
  expect(
    await shop.rows(
      'SELECT reviewer_name, reviewer_is_bot, outcome, asked_at, hours_to_response, approval_count, needs_work_count, comment_count FROM reviews WHERE pull_request_id = 1 ORDER BY reviewer_id',
    ),
  ).toEqual([
    { reviewer_name: 'Bob', reviewer_is_bot: false, outcome: 'APPROVED', asked_at: '2026-03-02 09:00', hours_to_response: 2, approval_count: 1, needs_work_count: 1, comment_count: 1 },
    // Added at 10:00, answered at 12:00.
    { reviewer_name: 'Cid', reviewer_is_bot: false, outcome: 'COMMENTED', asked_at: '2026-03-02 10:00', hours_to_response: 2, approval_count: 0, needs_work_count: 0, comment_count: 1 },
    { reviewer_name: 'Builds', reviewer_is_bot: true, outcome: 'COMMENTED', asked_at: null, hours_to_response: 0.08333333333333333, approval_count: 0, needs_work_count: 0, comment_count: 1 },
  ]); // prettier-ignore
});

test('who was asked, and who answered', async () => {
  expect(
    await shop.rows(
      'SELECT pull_request_id AS id, reviewer_name AS who, is_reviewer, status, hours_to_answer FROM pull_request_reviewers WHERE pull_request_id IN (1, 3, 7) ORDER BY 1, 2',
    ),
  ).toEqual([
    { id: 1, who: 'Bob', is_reviewer: true, status: 'APPROVED', hours_to_answer: 2 },
    { id: 1, who: 'Cid', is_reviewer: true, status: 'UNAPPROVED', hours_to_answer: 2 },
    { id: 3, who: 'Bob', is_reviewer: true, status: 'APPROVED', hours_to_answer: 0 }, // before it was ready
    { id: 7, who: 'Bob', is_reviewer: true, status: 'UNAPPROVED', hours_to_answer: null },
  ]);
});

test('bots are known by name or by type, and people whom only documents know are there', async () => {
  expect(await shop.rows('SELECT name, is_bot, is_listed FROM users_live ORDER BY user_id')).toEqual([
    { name: 'ann', is_bot: false, is_listed: true },
    { name: 'bob', is_bot: false, is_listed: true },
    { name: 'cid', is_bot: false, is_listed: true },
    { name: 'build-bot', is_bot: true, is_listed: true },
    { name: 'scan', is_bot: true, is_listed: true },
    { name: 'dora', is_bot: false, is_listed: false },
  ]);
});

test('nothing is there of what is gone, nor of what hangs below it', async () => {
  expect(await shop.rows('SELECT DISTINCT repository_id FROM pull_request_facts')).toEqual([{ repository_id: 10 }]);
  expect(await fact(11, 'state')).toBeUndefined();
  const comments = await shop.rows('SELECT comment_id FROM pull_request_comments ORDER BY 1');
  expect(comments.map(({ comment_id: id }) => id)).toEqual([101, 102, 103, 104, 201, 301, 701, 1201]);
});

test('a change is in production with the first deployment of a commit that is not older', async () => {
  // #1, merged 02 21:00, first commit 01 21:00: not by the deployment of an older commit at 02 23:00, but at 03 03:00.
  expect(await fact(1, 'deployed_at, first_commit_at, coding_hours, merge_to_deploy_hours, lead_time_hours')).toEqual({
    deployed_at: '2026-03-03 03:00',
    first_commit_at: '2026-03-01 21:00',
    coding_hours: 12,
    merge_to_deploy_hours: 6,
    lead_time_hours: 30,
  });
  // #2, opened 03 08:00, its commits not read: deployed 03 12:00.
  expect(await fact(2, 'deployed_at, coding_hours, lead_time_hours')).toEqual({
    deployed_at: '2026-03-03 12:00',
    coding_hours: null,
    lead_time_hours: 4,
  });
  // #3: only staging has it.
  expect(await fact(3, 'deployed_at, lead_time_hours')).toEqual({ deployed_at: null, lead_time_hours: null });
});

test('the earliest deployment that is known says nothing of what may have been deployed before it', async () => {
  // Without the deployment at 02 23:00 the one at 03 03:00 is the first that is known: it may or may not be the first that had #1.
  await shop.database.run("CREATE TEMP TABLE earlier AS SELECT * FROM builds WHERE date_added = '2026-03-02 23:00:00+00'");
  await shop.database.run("DELETE FROM builds WHERE date_added = '2026-03-02 23:00:00+00'");
  try {
    expect(await fact(1, 'deployed_at, lead_time_hours')).toEqual({ deployed_at: null, lead_time_hours: null });
    expect(await fact(2, 'deployed_at')).toEqual({ deployed_at: '2026-03-03 12:00' });
    // Of its own commit it tells.
    await shop.database.run("UPDATE builds SET commit_id = ? WHERE date_added = '2026-03-03 03:00:00+00'", [
      `m1${'m1'.repeat(20)}`.slice(0, 40),
    ]);
    expect(await fact(1, 'deployed_at')).toEqual({ deployed_at: '2026-03-03 03:00' });
  } finally {
    await shop.database.run("UPDATE builds SET commit_id = ? WHERE date_added = '2026-03-03 03:00:00+00'", ['next'.repeat(10)]);
    await shop.database.run('INSERT INTO builds SELECT * FROM earlier');
  }
});

test('a deployment failed, was rolled back, or was followed by a fix', async () => {
  expect(
    await shop.rows(
      'SELECT deployed_at AS at, build_key AS build, state, pull_request_count AS changes, is_rollback, failure_reason AS why, restore_hours FROM deployment_facts WHERE is_production ORDER BY deployed_at',
    ),
  ).toEqual([
    { at: '2026-03-02 23:00', build: 'DEPLOY', state: 'SUCCESSFUL', changes: 0, is_rollback: false, why: null, restore_hours: null },
    // The next successful one, nine hours later, brings a revert. The fork shows this one, too: it is counted once.
    { at: '2026-03-03 03:00', build: 'DEPLOY', state: 'SUCCESSFUL', changes: 1, is_rollback: false, why: 'fixed', restore_hours: 9 },
    { at: '2026-03-03 05:00', build: 'DEPLOY-AGAIN', state: 'FAILED', changes: 0, is_rollback: false, why: 'failed', restore_hours: 7 },
    // Three days later an older commit is deployed.
    { at: '2026-03-03 12:00', build: 'DEPLOY', state: 'SUCCESSFUL', changes: 1, is_rollback: false, why: 'rolled back', restore_hours: 72 },
    { at: '2026-03-06 12:00', build: 'DEPLOY-BACK', state: 'SUCCESSFUL', changes: 0, is_rollback: true, why: null, restore_hours: null },
  ]); // prettier-ignore
  expect(await shop.rows('SELECT environment FROM deployment_facts WHERE NOT is_production')).toEqual([
    { environment: 'staging' },
  ]);
});

test('DX’s tables have its numbers: seconds, DECLINED for needs-work, commits that left', async () => {
  expect(
    await shop.rows(
      `SELECT source_id, open_to_merge, open_to_first_review, open_to_first_approval, ready_for_review, draft, bot_authored FROM bitbucket_server_pulls WHERE source_id IN (1, 3) ORDER BY 1`,
    ),
  ).toEqual([
    { source_id: 1, open_to_merge: 43200, open_to_first_review: 7200, open_to_first_approval: 28800, ready_for_review: null, draft: false, bot_authored: false },
    { source_id: 3, open_to_merge: 14400, open_to_first_review: 3600, open_to_first_approval: 10800, ready_for_review: '2026-03-04', draft: false, bot_authored: false },
  ]); // prettier-ignore
  expect(
    await shop.rows(`SELECT review.state, review.time_since_request FROM bitbucket_server_reviews review
      JOIN bitbucket_server_pulls pull ON pull.id = review.pull_id WHERE pull.source_id = 4`),
  ).toEqual([{ state: 'DECLINED', time_since_request: 7200 }]);
  expect(await shop.rows('SELECT left(sha, 1) AS sha, deleted FROM bitbucket_server_pull_commits ORDER BY 1')).toEqual([
    { sha: 'a', deleted: false },
    { sha: 'b', deleted: true },
    { sha: 'c', deleted: false },
  ]);
});

test('the settings are tables that a person may change', async () => {
  await shop.database.run("UPDATE bitbucket_settings SET include_bots = true, time_zone = 'Pacific/Auckland'");
  try {
    // With bots the build bot's comment at 09:05 is the first review, and days are those of Auckland, 13 hours ahead.
    expect(await fact(1, 'first_review_at, merged_on, reviewed_by_count')).toEqual({
      first_review_at: '2026-03-02 09:05',
      merged_on: '2026-03-03',
      reviewed_by_count: 3,
    });
    expect(await fact(2, 'merged_without_review')).toEqual({ merged_without_review: false });
  } finally {
    await shop.database.run("UPDATE bitbucket_settings SET include_bots = false, time_zone = 'UTC'");
  }
  expect(await fact(1, 'first_review_at, merged_on')).toEqual({ first_review_at: '2026-03-02 11:00', merged_on: '2026-03-02' });
});

describe('docs/metrics.md', () => {
  const documentation = readFileSync(resolve(__dirname, '../../docs/metrics.md'), 'utf8');
  /** The statements of the document as they run on the tenth of March. */
  const statements = [...documentation.matchAll(/```sql\n([\s\S]*?)```/g)]
    .flatMap(([, block = '']) => block.split(/;\n/))
    .filter((statement) => statement.trim() !== '')
    .map((statement) => statement.replaceAll('now()', "TIMESTAMPTZ '2026-03-10 00:00:00+00'"));

  const answerOf = async (title: string) => {
    const statement = statements.find((each) => each.includes(`-- ${title}`));
    return await shop.rows(statement ?? `SELECT '${title} is not in the document'`);
  };

  test('DORA’s four measures', async () => {
    // Four successful production deployments in 90 days. #1 took 30 h to production, #2 took 4 h. Three of five deployments were
    // failures; 9, 7 and 72 h until the next success.
    expect(await answerOf('Deployment frequency')).toEqual([{ deployments_per_week: 4 / (90 / 7) }]);
    expect(await answerOf('Lead time for changes')).toEqual([{ lead_time_hours: 17 }]);
    expect(await answerOf('Change failure rate')).toEqual([{ change_failure_rate: 0.6 }]);
    expect(await answerOf('Time to restore')).toEqual([{ restore_hours: 9 }]);
  });

  test('what people ask', async () => {
    // #1 took 12 h, #2 took 1.5 h, #3 took 4 h; the 90th percentile lies 0.8 of the way from 4 to 12.
    expect(await answerOf('Cycle time by month')).toMatchObject([
      { month: '2026-03-01', merged: 3, median_hours: 4, p90_hours: 10.4 },
    ]);
    // #1: 2 h, #3: 0, #4, #5 and #6: 2 h, #10: 1 h, #12: 1 h; #2, #7, #8, #9 and #13: none.
    expect(await answerOf('Time to first review')).toEqual([{ repository_full_name: 'SHOP/web', reviewed: 7, median_hours: 2 }]);
    // Bob: #1, #2 (after the merge), #3, #4, #5, #6, #10, #12, with a comment on each of the first three; Cid: #1 and #12.
    expect(await answerOf('Review load')).toEqual([
      { month: '2026-03-01', reviewer_name: 'Bob', reviews: 8, comments: 3 },
      { month: '2026-03-01', reviewer_name: 'Cid', reviews: 2, comments: 2 },
    ]);
    // On the tenth, nothing has waited for a week.
    expect(await answerOf('Open pull requests')).toEqual([]);
    expect(await answerOf('Size against')).toEqual([
      { size_class: 'XS', merged: 1, median_hours: 1.5 },
      { size_class: 'M', merged: 1, median_hours: 12 },
    ]);
  });
});

describe('what nobody read is not known, and never nothing', () => {
  const COLUMNS = `merged_without_review AS unseen, review_rounds AS rounds, reviewed_by_count AS reviewers, comment_count AS comments,
    review_comment_count AS review_comments, push_count AS pushes, draft_hours AS draft, waiting_for_review_hours AS waited,
    in_review_hours AS reviewed, waiting_for_merge_hours AS approved, cycle_hours AS cycle, waiting_for AS turn, waiting_since AS since`;
  const UNKNOWN = {
    ...{ rounds: null, reviewers: null, comments: null, review_comments: null, pushes: null },
    ...{ draft: null, waited: null, reviewed: null, approved: null },
  };
  const filled = async (activities: readonly Row[]): Promise<(id: number) => Promise<Record<string, unknown> | undefined>> => {
    const warehouse = await Warehouse.open();
    opened.push(warehouse);
    await warehouse.fill({ ...SHOP, pull_request_activities: activities });
    return async (id) => (await warehouse.rows(`SELECT ${COLUMNS} FROM pull_request_facts WHERE pull_request_id = ${id}`))[0];
  };
  const opened: Warehouse[] = [];
  afterAll(() => opened.forEach((warehouse) => warehouse.remove()));

  test('where activities are not read at all', async () => {
    const factOf = await filled([]);
    const open = { ...UNKNOWN, unseen: false, cycle: null };
    expect(await factOf(1)).toEqual({ ...UNKNOWN, unseen: null, cycle: 12, turn: null, since: null });
    expect(await factOf(4)).toEqual({ ...open, turn: null, since: null }); // somebody wants work; who has done what since?
    expect(await factOf(6)).toEqual({ ...open, turn: 'merge', since: null }); // approved now, nobody knows since when
    expect(await factOf(8)).toEqual({ ...open, turn: null, since: null });
    expect(await factOf(9)).toEqual({ ...open, turn: 'author', since: '2026-03-05 08:00' }); // a draft, since it was opened
    expect(await factOf(12)).toEqual({ ...open, turn: 'author', since: null }); // an open task
  });

  test('where those of one alone are not read', async () => {
    const factOf = await filled(
      SHOP['pull_request_activities']!.filter((row) => ![2, 6].includes(Number(row['pull_request_id']))),
    );
    expect(await factOf(1)).toMatchObject({ unseen: false, rounds: 3, waited: 2 });
    expect(await factOf(2)).toEqual({ ...UNKNOWN, unseen: null, cycle: 1.5, turn: null, since: null });
    expect(await factOf(6)).toEqual({ ...UNKNOWN, unseen: false, cycle: null, turn: 'merge', since: null });
    // Open, and nothing has happened in it yet.
    expect(await factOf(8)).toMatchObject({ rounds: 0, comments: 0, pushes: 0, turn: 'author', since: '2026-03-05 08:00' });
  });
});
