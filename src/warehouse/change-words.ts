/* What a row that has changed means, in words. */
/** Clocks of the server and of this machine may differ by so many minutes. */
const SLACK_MINUTES = 10;

const [REOPENED, DECLINED] = ['reopened', 'declined'];
/** What an activity says that somebody did. */
const ACTIONS: Readonly<Record<string, string>> = {
  OPENED: 'opened',
  REOPENED,
  RESCOPED: 'has new commits',
  UPDATED: 'edited',
  COMMENTED: 'commented',
  REVIEWED: 'needs work',
  APPROVED: 'approved',
  UNAPPROVED: 'no longer approved',
  REVIEWERS: 'has other reviewers',
  MERGED: 'merged',
  DECLINED,
};
/** Edits that have words of their own. */
export const EDITED = ['has another title', 'has another description', 'has another target branch'];
/** The order in which it is told of one pull request. */
export const ORDER = [
  ...['opened', REOPENED, ...EDITED, 'is a draft now', 'is no longer a draft', 'has new commits', 'edited', 'commented'],
  ...['needs work', 'approved', 'no longer approved', 'has other reviewers', 'merged', DECLINED],
];

/** Of these the one that holds is the last one: they are told as they happened, where that is known. */
export const VERDICTS = [REOPENED, 'needs work', 'approved', 'no longer approved', 'merged', DECLINED];

/** What has not been there before. */
export const IS_NEW = 'is new';
/** On the server it may be old: a filter may have left it out before, or a permission that was missing. */
export const NEW_HERE = 'is new here';
/** What only moved with its target. */
export const TARGET_MOVED = 'target moved';
/** What has no other word. */
export const CHANGED = 'changed';
/** Activities tell more of these, where they are read. */
export const HINTS = ['reviewers changed', 'has other reviews', 'has other comments', 'has other tasks'];
/** What says little, in this order: told where nothing else is known of a thing, after all else, and of many in a repository at once. */
export const WEAK = [NEW_HERE, IS_NEW, ...HINTS, TARGET_MOVED, CHANGED];

/** A row of a comparison. */
export type Row = Readonly<Record<string, unknown>>;

/** What happened to what. */
export interface Change {
  readonly what: string;
  readonly happened: readonly string[];
  /** It happened before the last sync, which may have been told to leave it out. */
  readonly isOld?: boolean;
  /** In milliseconds since 1970, where that is known. */
  readonly at?: number;
  /** Another stream tells it, too, where that is read: what it did not tell has been told before. */
  readonly isEcho?: boolean;
}

/** How the rows of a stream, staged as `temp.batch`, are compared with those in its table; and what a difference means. */
export interface Reader {
  /** An expression that tells the thing from all others, whatever it is called; the same for all streams that tell of it. */
  readonly key: string;
  /** Columns of both sides: `b` is the staged row, `t` the one in the table. */
  readonly columns: string;
  readonly rows: (row: Row) => Change | null;
  readonly tombstones?: (row: Row) => Change | null;
}

const NUMBER = `coalesce(b.repository_full_name, t.repository_full_name) || ' #' ||`;

/** By the name of the table. */
export const READERS: Readonly<Record<string, Reader>> = {
  projects: {
    key: `'project ' || b.id`,
    columns: `b.key AS name, t.key AS before, t.id IS NULL AS is_new, t.deleted_at IS NOT NULL AS was_gone,
      ${differences([
        [differs('name'), `'is now called ' || b.name`],
        ...turned('public', 'is public now', 'is no longer public'),
        [differs('description'), `'has another description'`],
      ])}`,
    rows: (row) => ofNamed(row, 'project ', NEW_HERE),
    tombstones: ({ before, name }) => ({ what: `project ${text(before ?? name)}`, happened: ['is gone'] }),
  },
  repositories: {
    key: `'repository ' || b.id`,
    columns: `b.full_name AS name, t.full_name AS before, t.id IS NULL AS is_new, t.deleted_at IS NOT NULL AS was_gone, b.id AS id,
      (SELECT count(*) FROM pull_requests AS p WHERE p.repository_id = b.id AND p.deleted_at IS NULL)::INTEGER AS held,
      ${differences([
        ...turned('archived', 'is archived', 'is no longer archived'),
        // A name and an address that change together are one thing.
        [`${differs('name')} AND b.full_name = t.full_name`, `'is now called ' || b.name`],
        [
          differs('default_branch'),
          `coalesce('now has the default branch ' || b.default_branch, 'has no default branch any more')`,
        ],
        ...turned('public', 'is public now', 'is no longer public'),
        ...turned('forkable', 'may be forked now', 'may no longer be forked'),
        [differs('state'), `'is now in the state ' || b.state`],
        [differs('description'), `'has another description'`],
      ])}`,
    rows: (row) => ofNamed(row, '', NEW_HERE),
    tombstones: ({ before, id, held }) => ({
      what: text(before ?? `repository ${text(id)}`),
      happened: [held === 0 ? 'is gone' : `is gone (${text(held)} pull ${held === 1 ? 'request' : 'requests'})`],
    }),
  },
  users: {
    key: `'user ' || b.id`,
    columns: `b.name AS name, t.name AS before, t.id IS NULL AS is_new, t.deleted_at IS NOT NULL AS was_gone,
      ${shown('directory_name')} OR ${shown('email_address')} AS is_shown,
      ${differences([
        ...turned('active', 'is active again', 'is deactivated'),
        [differs('display_name'), `'is now called ' || b.display_name`],
        [`${differs('email_address')} AND NOT ${shown('email_address')}`, `'has another e-mail address'`],
        [
          `${differs('directory_name')} AND NOT ${shown('directory_name')} AND b.active = t.active`,
          `'is now in another directory'`,
        ],
      ])}`,
    // What the account may see of people comes and goes with its permissions.
    rows: (row) => ofNamed(row, 'user ', IS_NEW, row['is_shown'] === true ? [] : undefined),
    tombstones: ({ before, name }) => ({ what: `user ${text(before ?? name)}`, happened: ['is gone'] }),
  },
  pull_requests: {
    key: pullRequestKey('b.id'),
    columns: `${NUMBER} b.id AS name, t.id IS NULL AS is_new, t.deleted_at IS NOT NULL AS was_gone, b.state AS state, t.state AS before,
      ${isOld('created_date')}, b.target_commit IS DISTINCT FROM t.target_commit AS is_behind,
      ${differences([
        [differs('source_commit'), `'has new commits'`],
        [differs('title'), `'has another title'`],
        [differs('description'), `'has another description'`],
        [differs('target_branch'), `'has another target branch'`],
        ...turned('draft', 'is a draft now', 'is no longer a draft'),
        [`${reviewers('b')} IS DISTINCT FROM ${reviewers('t')}`, `'reviewers changed'`],
        [`${reviewers('b', 'status')} IS DISTINCT FROM ${reviewers('t', 'status')}`, `'has other reviews'`],
        [differs('comment_count'), `'has other comments'`],
        [`${differs('open_task_count')} OR ${differs('resolved_task_count')}`, `'has other tasks'`],
      ])}`,
    rows: ofPullRequest,
    tombstones: ({ name }) => ({ what: text(name), happened: ['is gone'] }),
  },
  pull_request_activities: {
    key: pullRequestKey('coalesce(b.pull_request_id, t.pull_request_id)'),
    columns: `${NUMBER} coalesce(b.pull_request_id, t.pull_request_id) AS name, t.id IS NULL AS is_new, ${isOld('created_date')},
      epoch_ms(b.created_date)::DOUBLE AS at,
      CASE WHEN b.added_reviewers IS NOT NULL OR b.removed_reviewers IS NOT NULL THEN 'REVIEWERS' ELSE coalesce(b.action, t.action) END AS action,
      ${versions('b')} IS DISTINCT FROM ${versions('t')} AS is_edited`,
    rows: ofActivity,
    tombstones: (row) => (row['is_new'] === true ? null : ofActivity(row)),
  },
  branches: ofRefs('branch', 'branches'),
  tags: ofRefs('tag', 'tags'),
  builds: {
    key: `'build ' || b.repository_id || ' ' || coalesce(b.name, b.key)`,
    columns: `coalesce(b.name, b.key) AS name, b.repository_full_name AS repository, b.state AS state, t.state AS before`,
    rows: ({ name, repository, state, before }) =>
      state === before ? null : { what: `build ${text(name)} of ${text(repository)}`, happened: [text(state).toLowerCase()] },
  },
};

/** The key of the pull request that a row is of. */
function pullRequestKey(id: string): string {
  return `'pull request ' || b.repository_id || ' ' || ${id}`;
}

/** Whether a column is null on one side alone: it may be seen now, or no more. */
function shown(column: string): string {
  return `((b.${column} IS NULL) <> (t.${column} IS NULL))`;
}

function differs(column: string): string {
  return `b.${column} IS DISTINCT FROM t.${column}`;
}

/** A column that is true or false, in words; one that was null before, as in files of older versions, has not turned. */
function turned(column: string, on: string, off: string): [condition: string, words: string][] {
  return [
    [`b.${column} AND NOT t.${column}`, `'${on}'`],
    [`t.${column} AND NOT b.${column}`, `'${off}'`],
  ];
}

/** The words of each condition that holds, as JSON. */
function differences(cases: readonly (readonly [condition: string, words: string])[]): string {
  const each = cases.map(([condition, words]) => `CASE WHEN ${condition} THEN ${words} END`);
  return `to_json(list_filter([${each.join(', ')}], x -> x IS NOT NULL))::VARCHAR AS differences`;
}

/** The people who review, whatever their order. @param more what else is compared of each */
function reviewers(side: string, more?: string): string {
  const of = (path: string) => `json_extract_string(${side}.reviewers, '$[*].${path}')`;
  const each = more === undefined ? of('user.id') : `list_transform(list_zip(${of('user.id')}, ${of(more)}), x -> x::VARCHAR)`;
  return `list_sort(${each})`;
}

/** Whether it is from before the last sync of its stream. */
function isOld(column: string): string {
  return `coalesce(b.${column} < (SELECT max(saved_at) FROM temp.last_sync WHERE stream = '{stream}') - INTERVAL ${SLACK_MINUTES} MINUTE, false) AS is_old`;
}

/** Branches and tags; a commit is told by the branch that it moved. Those of a repository of which there were none may be old. */
function ofRefs(kind: string, table: string): Reader {
  return {
    key: `'${kind} ' || b.repository_id || ' ' || b.id`,
    columns: `coalesce(b.repository_full_name, t.repository_full_name) AS repository, coalesce(b.name, t.name) AS name, t.id IS NULL AS is_new,
      t.deleted_at IS NOT NULL AS was_gone, b.commit_id IS DISTINCT FROM t.commit_id AS is_moved,
      t.id IS NULL AND NOT EXISTS (SELECT 1 FROM ${table} AS o WHERE o.repository_id = b.repository_id) AS is_first`,
    rows: ({ repository, name, is_new: isNew, is_first: isFirst, was_gone: wasGone, is_moved: isMoved }) => {
      const fresh = isFirst === true ? NEW_HERE : IS_NEW;
      const happened = isNew === true ? fresh : wasGone === true ? 'is back' : isMoved === true ? 'moved' : null;
      // Read again, as after its repository has come back or has another name.
      return happened === null ? null : { what: `${kind} ${text(name)} of ${text(repository)}`, happened: [happened] };
    },
    tombstones: ({ repository, name }) => ({ what: `${kind} ${text(name)} of ${text(repository)}`, happened: ['is gone'] }),
  };
}

function ofNamed(
  { name, before, is_new: isNew, was_gone: wasGone, differences: found }: Row,
  kind: string,
  fresh: string,
  otherwise: readonly string[] = ['has changed'],
): Change {
  const what = `${kind}${text(isNew === true ? name : (before ?? name))}`;
  if (isNew === true) return { what, happened: [fresh] };
  if (wasGone === true) return { what, happened: ['is back'] };
  const happened = [...(name === before ? [] : [`is now ${text(name)}`]), ...wordsIn(found)];
  return { what, happened: happened.length > 0 ? happened : otherwise };
}

function ofPullRequest(row: Row): Change {
  const { name, is_new: isNew, was_gone: wasGone, is_old: wasThere, state, before, is_behind: isBehind } = row;
  const what = text(name);
  if (isNew === true) {
    const fresh = wasThere === true ? NEW_HERE : state === 'OPEN' ? 'opened' : IS_NEW;
    return { what, happened: [fresh], isOld: wasThere === true };
  }
  if (wasGone === true) return { what, happened: ['is back'] };
  const turn = state === before ? [] : [state === 'OPEN' ? REOPENED : text(state).toLowerCase()];
  return { what, happened: [...turn, ...wordsIn(row['differences']), isBehind === true ? TARGET_MOVED : CHANGED] };
}

/** Each comment and reply counts its edits; what else differs is what its people are called. */
function versions(table: string): string {
  return `CAST(json_extract(CAST(${table}.comment AS JSON), '$..version') AS VARCHAR)`;
}

/** Replies are within the comment that they answer; a comment that is gone has a tombstone. */
function ofActivity({ name, is_new: isNew, is_old: wasThere, action, is_edited: isEdited, at }: Row): Change | null {
  const what = text(name);
  if (isNew !== true) return action === 'COMMENTED' && isEdited === true ? { what, happened: ['has other comments'] } : null;
  if (wasThere === true && action === 'OPENED') return { what, happened: [NEW_HERE], isOld: true };
  const happened = [ACTIONS[text(action)] ?? text(action).toLowerCase()];
  return { what, happened, isOld: wasThere === true, isEcho: action === 'OPENED', ...(typeof at === 'number' && { at }) };
}

function wordsIn(list: unknown): string[] {
  return typeof list === 'string' ? (JSON.parse(list) as string[]) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '?';
}
