import { sourceLine } from '../diffs/files';
import type { Activity, Anchor, Comment, LineType, PullRequest, Task } from '../model';
import type { PullRequestReference, UserReference, World } from '../world';
import { record, takePart } from './activities';
import { time, type When } from './when';

export interface NewComment extends When {
  readonly user: UserReference;
  readonly text?: string;
  readonly likedBy?: readonly UserReference[];
}

export interface NewInlineComment extends NewComment {
  /** @default the first file of the diff */
  readonly path?: string;
  /** @default 1 */
  readonly line?: number;
  readonly lineType?: LineType;
}

interface Found {
  readonly comment: Comment;
  readonly parent?: Comment;
  readonly activity: Activity;
}

/** Events of comments and tasks: none moves `updatedDate` or version; the counters of the list move. Each returns the id of what it made. */
export const comments = (world: World) => {
  const make = (pullRequest: PullRequest, options: NewComment, severity: Comment['severity'], version = 0): Comment => {
    const at = time(world, options);
    const { user, text = 'Could you explain this?', likedBy } = options;
    const author = world.user(user);
    takePart(pullRequest, author);
    const made: Comment = {
      id: world.nextId('comment'),
      version,
      text,
      author,
      createdDate: at,
      updatedDate: at,
      replies: [],
      tasks: [],
      severity,
      state: 'OPEN',
    };
    if (likedBy !== undefined) made.likedBy = likedBy.map((each) => world.user(each));
    count(pullRequest, made, 1);
    return made;
  };
  /** A root comment, and its activity some milliseconds off. */
  const root = (pullRequest: PullRequest, comment: Comment, anchor?: Anchor): number => {
    const createdDate = comment.createdDate + (comment.id % 5 === 0 ? -1 : comment.id % 4);
    record(
      world,
      pullRequest,
      comment.author,
      'COMMENTED',
      createdDate,
      anchor === undefined ? { comment } : { comment, anchor },
    );
    world.changed();
    return comment.id;
  };
  const find = (pullRequest: PullRequest, id: number): Found => {
    const search = (list: readonly Comment[], activity: Activity, parent?: Comment): Found | undefined => {
      for (const comment of list) {
        if (comment.id === id) return parent === undefined ? { comment, activity } : { comment, parent, activity };
        const below = search(comment.replies, activity, comment);
        if (below !== undefined) return below;
      }
      return undefined;
    };
    for (const activity of pullRequest.activities) {
      const found = activity.comment === undefined ? undefined : search([activity.comment], activity);
      if (found !== undefined) return found;
    }
    throw new Error(`Pull request ${pullRequest.id} has no comment ${id}`);
  };
  const findTask = (pullRequest: PullRequest, id: number): Task | undefined => {
    const search = (list: readonly Comment[]): Task | undefined => {
      for (const { tasks, replies } of list) {
        const found = tasks.find((task) => task.id === id) ?? search(replies);
        if (found !== undefined) return found;
      }
      return undefined;
    };
    return search(pullRequest.activities.flatMap(({ comment }) => comment ?? []));
  };
  const setTask = (
    pullRequest: PullRequestReference,
    id: number,
    state: Task['state'],
    options: When & { readonly user?: UserReference },
  ): void => {
    const found = world.pullRequest(pullRequest);
    const change = state === 'RESOLVED' ? 1 : -1;
    const comment = world.features.blockerComments ? find(found, id).comment : undefined;
    const task = comment ?? findTask(found, id) ?? fail(id);
    if (task.state === state) return;
    task.state = state;
    found.counters.openTasks -= change;
    found.counters.resolvedTasks += change;
    if (comment !== undefined) {
      const at = time(world, options);
      Object.assign(comment, { version: comment.version + 1, updatedDate: at });
      if (state === 'RESOLVED')
        Object.assign(comment, { resolver: world.user(options.user ?? comment.author.id), resolvedDate: at });
      else {
        delete comment.resolver;
        delete comment.resolvedDate;
      }
    }
    world.changed();
  };
  const anchorOf = (pullRequest: PullRequest, options: NewInlineComment, inline: boolean): Anchor => {
    const { path = pullRequest.files[0]?.path ?? 'README.md', line = 1, lineType = 'ADDED' } = options;
    const previousPath = pullRequest.files.find((file) => file.path === path)?.previousPath;
    return {
      fromHash: pullRequest.to.commit,
      toHash: pullRequest.from.commit,
      path,
      ...(previousPath === undefined ? {} : { previousPath }),
      ...(inline ? { line, lineType, source: sourceLine(`${path}#${pullRequest.id}`, line) } : {}),
    };
  };
  return {
    comment(pullRequest: PullRequestReference, options: NewComment): number {
      const found = world.pullRequest(pullRequest);
      return root(found, make(found, options, 'NORMAL'));
    },

    /** On a line: the activity quotes the source. */
    inlineComment(pullRequest: PullRequestReference, options: NewInlineComment): number {
      const found = world.pullRequest(pullRequest);
      return root(found, make(found, options, 'NORMAL', 1), anchorOf(found, options, true));
    },

    /** On a whole file: an anchor without a line. */
    fileComment(pullRequest: PullRequestReference, options: NewInlineComment): number {
      const found = world.pullRequest(pullRequest);
      return root(found, make(found, options, 'NORMAL', 1), anchorOf(found, options, false));
    },

    /** Nested in the comment that it answers: no activity of its own. */
    reply(pullRequest: PullRequestReference, to: number, options: NewComment): number {
      const found = world.pullRequest(pullRequest);
      const { comment } = find(found, to);
      const made = make(found, options, 'NORMAL');
      comment.replies.push(made);
      world.changed();
      return made.id;
    },

    editComment(pullRequest: PullRequestReference, id: number, text: string, when: When = {}): void {
      const { comment } = find(world.pullRequest(pullRequest), id);
      Object.assign(comment, { text, version: comment.version + 1, updatedDate: time(world, when) });
      world.changed();
    },

    /** The comment and, for a root, its activity are gone without a trace; one with replies cannot be deleted. */
    deleteComment(pullRequest: PullRequestReference, id: number): void {
      const found = world.pullRequest(pullRequest);
      const { comment, parent, activity } = find(found, id);
      if (comment.replies.length > 0) throw new Error(`Comment ${id} has replies and cannot be deleted`);
      if (parent === undefined) found.activities.splice(found.activities.indexOf(activity), 1);
      else parent.replies.splice(parent.replies.indexOf(comment), 1);
      count(found, comment, -1);
      world.changed();
    },

    /** A BLOCKER comment; before 7.2 an entry in the tasks of a comment (`on`, else one made for it). `inline` anchors it. */
    addTask(
      pullRequest: PullRequestReference,
      options: NewInlineComment & { readonly on?: number; readonly inline?: boolean },
    ): number {
      const found = world.pullRequest(pullRequest);
      if (world.features.blockerComments) {
        const anchor = options.inline === true ? anchorOf(found, options, true) : undefined;
        const task = make(found, { text: 'Please fix this', ...options }, 'BLOCKER', anchor === undefined ? 0 : 1);
        if (options.on === undefined) return root(found, task, anchor);
        find(found, options.on).comment.replies.push(task);
        world.changed();
        return task.id;
      }
      const comment = options.on === undefined ? make(found, options, 'NORMAL') : find(found, options.on).comment;
      if (options.on === undefined) root(found, comment);
      const { text = 'Please fix this', user } = options;
      const task: Task = {
        id: world.nextId('task'),
        author: world.user(user),
        createdDate: time(world, options),
        text,
        state: 'OPEN',
      };
      comment.tasks.push(task);
      found.counters.openTasks += 1;
      world.changed();
      return task.id;
    },

    resolveTask: (pullRequest: PullRequestReference, id: number, options: When & { readonly user?: UserReference } = {}): void =>
      setTask(pullRequest, id, 'RESOLVED', options),

    reopenTask: (pullRequest: PullRequestReference, id: number, options: When & { readonly user?: UserReference } = {}): void =>
      setTask(pullRequest, id, 'OPEN', options),

    /** An activity that only a plug-in knows. */
    pluginActivity(
      pullRequest: PullRequestReference,
      options: When & {
        readonly user: UserReference;
        readonly action: string;
        readonly fields?: Readonly<Record<string, unknown>>;
      },
    ): number {
      const { user, action, fields = {} } = options;
      const id = record(world, world.pullRequest(pullRequest), world.user(user), action, time(world, options), { fields });
      world.changed();
      return id;
    },
  };
};

/** Tasks are not comments to the counters; replies are. */
const count = ({ counters }: PullRequest, comment: Comment, by: number): void => {
  if (comment.severity === 'NORMAL') counters.comments += by;
  else if (comment.state === 'OPEN') counters.openTasks += by;
  else counters.resolvedTasks += by;
  for (const task of comment.tasks) {
    if (task.state === 'OPEN') counters.openTasks += by;
    else counters.resolvedTasks += by;
  }
};

const fail = (id: number): never => {
  throw new Error(`There is no task ${id}`);
};
