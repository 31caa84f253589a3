import type { Git } from './git/git';
import type { PullRequests } from './pull-requests';

/** Who a person or a bot is to Bitbucket. */
export interface User {
  readonly id: number;
  name: string;
  slug: string;
  displayName: string;
  emailAddress?: string;
  active: boolean;
  deleted: boolean;
  readonly type: 'NORMAL' | 'SERVICE';
}

/** How the server answers for something that the account may not see. */
export type Hidden = false | 401 | 404;

export interface Project {
  readonly id: number;
  key: string;
  name: string;
  description?: string;
  public: boolean;
  /** Only personal projects have one. */
  readonly owner?: User;
  hidden: Hidden;
  deleted: boolean;
}

export interface Repository {
  readonly id: number;
  slug: string;
  name: string;
  description?: string;
  readonly hierarchyId: string;
  project: Project;
  public: boolean;
  forkable: boolean;
  archived: boolean;
  state: 'AVAILABLE' | 'INITIALISING' | 'INITIALISATION_FAILED' | 'OFFLINE';
  statusMessage: string;
  origin?: Repository;
  /** Objects, branches, tags. */
  readonly git: Git;
  hidden: Hidden;
  deleted: boolean;
  readonly pullRequests: PullRequests;
}

/** A ref that was created, moved or deleted; the missing end is forty zeros. */
export interface RefChange {
  readonly repository: Repository;
  readonly refId: string;
  readonly fromHash: string;
  readonly toHash: string;
  readonly type: 'ADD' | 'UPDATE' | 'DELETE';
}

/** Who wrote a commit: somebody Bitbucket knows, or only what git says. */
export type Person = User | { readonly name: string; readonly emailAddress: string };

export interface Commit {
  readonly id: string;
  readonly message: string;
  readonly author: Person;
  /** Milliseconds, whole seconds; nothing keeps it from lying. */
  readonly authorDate: number;
  readonly committer: Person;
  readonly committerDate: number;
  readonly parents: readonly Commit[];
  /** What Jira, where it is linked, finds in the message. */
  readonly issueKeys?: readonly string[];
  /** One more than the greatest of its parents': what it reaches is lower. */
  readonly generation: number;
}

export type BuildState = 'SUCCESSFUL' | 'FAILED' | 'INPROGRESS' | 'CANCELLED' | 'UNKNOWN';

/** What a CI server said of a commit under one key; saying it again replaces it. */
export interface Build {
  readonly key: string;
  /** Where it was said: only there is it told with its details. */
  readonly repository: Repository;
  readonly state: BuildState;
  readonly url: string;
  readonly name?: string;
  readonly description?: string;
  readonly number?: string;
  readonly ref?: string;
  readonly parent?: string;
  readonly createdDate: number;
  readonly updatedDate: number;
  /** Milliseconds. */
  readonly duration?: number;
  readonly tests?: { readonly successful: number; readonly failed: number; readonly skipped: number };
}

export interface Participant {
  readonly user: User;
  status: 'UNAPPROVED' | 'NEEDS_WORK' | 'APPROVED';
  lastReviewedCommit?: string;
}

/** One end of a pull request. `commit` follows the branch while the pull request is open. */
export interface Ref {
  readonly repository: Repository;
  readonly type: 'BRANCH' | 'TAG';
  readonly name: string;
  commit: string;
}

export type LineType = 'CONTEXT' | 'ADDED' | 'REMOVED';

/** Lines of one kind: spelled out, or as many as said, made up while they are sent. */
export interface Segment {
  readonly type: LineType;
  readonly lines: readonly string[] | { readonly count: number; readonly line: (index: number) => string };
}

export interface Hunk {
  readonly sourceLine: number;
  readonly destinationLine: number;
  readonly context?: string;
  readonly segments: readonly Segment[];
}

export interface FileChange {
  readonly path: string;
  readonly previousPath?: string;
  readonly type: 'ADD' | 'MODIFY' | 'DELETE' | 'MOVE' | 'COPY';
  readonly binary?: boolean;
  readonly mode?: { readonly from: string; readonly to: string };
  readonly submodule?: boolean;
  /** The last line of the file has no line break. */
  readonly missingNewline?: boolean;
  readonly hunks: readonly Hunk[];
}

/** Where an inline or file comment hangs. */
export interface Anchor {
  readonly fromHash: string;
  readonly toHash: string;
  readonly path: string;
  readonly previousPath?: string;
  readonly line?: number;
  readonly lineType?: LineType;
  /** The source line that the activity quotes. */
  readonly source?: string;
}

/** A task of before 7.2. */
export interface Task {
  readonly id: number;
  readonly author: User;
  readonly createdDate: number;
  readonly text: string;
  state: 'OPEN' | 'RESOLVED';
}

export interface Comment {
  readonly id: number;
  version: number;
  text: string;
  readonly author: User;
  readonly createdDate: number;
  updatedDate: number;
  readonly replies: Comment[];
  readonly tasks: Task[];
  severity: 'NORMAL' | 'BLOCKER';
  state: 'OPEN' | 'RESOLVED';
  resolver?: User;
  resolvedDate?: number;
  /** What a plug-in adds. */
  likedBy?: User[];
}

export interface Rescope {
  readonly fromHash: string;
  readonly previousFromHash: string;
  readonly toHash: string;
  readonly previousToHash: string;
  readonly added: readonly Commit[];
  readonly removed: readonly Commit[];
}

export interface Activity {
  readonly id: number;
  readonly createdDate: number;
  readonly user: User;
  readonly action: string;
  readonly comment?: Comment;
  readonly anchor?: Anchor;
  readonly reviewers?: { readonly added: readonly User[]; readonly removed: readonly User[] };
  readonly rescope?: Rescope;
  readonly commit?: Commit;
  /** What a plug-in's activity carries. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

export interface PullRequest {
  readonly repository: Repository;
  readonly id: number;
  version: number;
  title: string;
  description?: string;
  state: 'OPEN' | 'MERGED' | 'DECLINED';
  draft: boolean;
  readonly createdDate: number;
  updatedDate: number;
  closedDate?: number;
  readonly author: User;
  reviewers: Participant[];
  participants: Participant[];
  readonly from: Ref;
  to: Ref;
  files: readonly FileChange[];
  mergeCommit?: Commit | undefined;
  /** Kept by the events, as the server keeps them. */
  readonly counters: { comments: number; openTasks: number; resolvedTasks: number };
  /** Oldest first. */
  readonly activities: Activity[];
}
