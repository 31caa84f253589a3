import { isJson, type Json } from '../../config/json';

/** The documents that Bitbucket sends, as far as we look into them; all else passes through. */

export interface RestUser extends Json {
  readonly id: number;
  readonly name?: string;
  readonly slug?: string;
}

export interface RestProject extends Json {
  readonly id: number;
  readonly key: string;
  /** Absent from personal projects. */
  readonly public?: boolean;
}

export interface RestRepository extends Json {
  readonly id: number;
  readonly slug: string;
  readonly project: RestProject;
  readonly public?: boolean;
  /** Since 8.0. */
  readonly archived?: boolean;
  /** Absent up to 2020. */
  readonly hierarchyId?: string;
  readonly state?: string;
}

export interface RestRef extends Json {
  readonly displayId?: string;
  readonly latestCommit?: string;
  /** Missing where the fork was deleted. */
  readonly repository?: RestRepository | null;
}

export interface RestParticipant extends Json {
  readonly user?: RestUser;
  readonly status?: string;
  readonly lastReviewedCommit?: string;
}

export interface RestPullRequest extends Json {
  readonly id: number;
  readonly version?: number;
  readonly state?: string;
  /** Epoch milliseconds. */
  readonly createdDate: number;
  /** Epoch milliseconds. Not moved by comments, approvals, tasks. */
  readonly updatedDate: number;
  readonly fromRef?: RestRef;
  readonly toRef?: RestRef;
  readonly author?: RestParticipant;
  readonly reviewers?: readonly RestParticipant[];
  readonly participants?: readonly RestParticipant[];
  /** In lists only; with the counters, some of them absent when zero. */
  readonly properties?: Json;
}

export interface RestActivity extends Json {
  readonly id: number;
  readonly action?: string;
  /** Epoch milliseconds. */
  readonly createdDate?: number;
  readonly user?: RestUser;
}

/** A path: text, or an object with `toString` in it, according to version and place. */
export function pathOf(path: unknown): string | null {
  if (typeof path === 'string') return path;
  if (!isJson(path)) return null;
  const whole: unknown = Object.getOwnPropertyDescriptor(path, 'toString')?.value;
  if (typeof whole === 'string') return whole;
  if (Array.isArray(path.components)) return path.components.join('/');
  return typeof path.name === 'string' ? path.name : null;
}

/** Who wrote a commit: a user, or what git knows of him. */
export interface RestPerson extends Json {
  readonly id?: number;
  readonly name?: string;
  readonly emailAddress?: string;
  readonly displayName?: string;
}

export interface RestCommit extends Json {
  /** 40 hex digits. */
  readonly id: string;
  readonly displayId?: string;
  readonly message?: string;
  readonly author?: RestPerson;
  /** Epoch milliseconds; may be any. */
  readonly authorTimestamp?: number;
  readonly committer?: RestPerson;
  readonly committerTimestamp?: number;
  readonly parents?: readonly { readonly id?: string }[];
}

/** A branch; `isDefault` is there whatever the version calls it. */
export interface RestBranch extends Json {
  /** `refs/heads/main` */
  readonly id: string;
  readonly displayId: string;
  readonly latestCommit: string;
  readonly isDefault: boolean;
}

export interface RestTag extends Json {
  /** `refs/tags/v1` */
  readonly id: string;
  readonly displayId: string;
  readonly latestCommit: string;
  /** The tag object of an annotated tag; null for a lightweight one. */
  readonly hash: string | null;
}

/** How many builds of a commit are in which state. */
export interface BuildCounters {
  readonly successful: number;
  readonly failed: number;
  readonly inProgress: number;
  /** Not in all versions: 0. */
  readonly cancelled: number;
  readonly unknown: number;
}

/** A build status; one per commit and key. */
export interface RestBuild extends Json {
  readonly key: string;
  readonly state?: string;
  readonly name?: string;
  readonly url?: string;
  readonly description?: string;
  /** Epoch milliseconds. */
  readonly dateAdded?: number;
}

/** The same with what `/builds?key=` tells, since 7.14. */
export interface RestRichBuild extends RestBuild {
  readonly buildNumber?: string;
  readonly ref?: string;
  readonly parent?: string;
  /** Milliseconds. */
  readonly duration?: number;
  readonly createdDate?: number;
  readonly updatedDate?: number;
  readonly testResults?: Json;
}

/** A check of a document's kind as a reader: the document, or null where it is of another kind. */
export function of<T>(guard: (value: unknown) => value is T): (value: unknown) => T | null {
  return (value) => (guard(value) ? value : null);
}

/** What identifies a thing in a list: a whole number. Anything else would be another one in a warehouse. */
function isNumbered(value: unknown): value is Json & { readonly id: number } {
  return isJson(value) && Number.isSafeInteger(value.id);
}

/** Text that can stand in an address: half a surrogate pair cannot, and would end more than its own thing. */
export function isAddress(value: unknown): value is string {
  return typeof value === 'string' && !/\p{Surrogate}/u.test(value);
}

export const isCommit = (value: unknown): value is RestCommit => isJson(value) && typeof value.id === 'string';

export const isBuild = (value: unknown): value is RestBuild => isJson(value) && typeof value.key === 'string';

/** A branch; the default one is told by `isDefault`, or by `default`. */
export function readBranch(value: unknown): RestBranch | null {
  if (!isJson(value)) return null;
  const { id, displayId, latestCommit, isDefault, default: otherwise } = value;
  if (!isAddress(id) || typeof latestCommit !== 'string') return null;
  return {
    ...value,
    ...{ id, latestCommit, displayId: typeof displayId === 'string' ? displayId : id.replace(/^refs\/heads\//, '') },
    isDefault: (isDefault ?? otherwise) === true,
  };
}

export function readTag(value: unknown): RestTag | null {
  if (!isJson(value)) return null;
  const { id, displayId, latestCommit, hash } = value;
  if (!isAddress(id) || typeof latestCommit !== 'string') return null;
  return {
    ...value,
    ...{ id, latestCommit, displayId: typeof displayId === 'string' ? displayId : id.replace(/^refs\/tags\//, '') },
    hash: typeof hash === 'string' ? hash : null,
  };
}

/** Counters; those that a version lacks, or that are absent, are 0. */
export function readBuildCounters(value: unknown): BuildCounters | null {
  if (!isJson(value)) return null;
  const count = (state: keyof BuildCounters) => (typeof value[state] === 'number' ? value[state] : 0);
  return {
    successful: count('successful'),
    failed: count('failed'),
    inProgress: count('inProgress'),
    cancelled: count('cancelled'),
    unknown: count('unknown'),
  };
}

export const isUser = (value: unknown): value is RestUser => isNumbered(value);

export const isProject = (value: unknown): value is RestProject => isNumbered(value) && isAddress(value.key);

export const isRepository = (value: unknown): value is RestRepository =>
  isNumbered(value) && isAddress(value.slug) && isProject(value.project);

export const isPullRequest = (value: unknown): value is RestPullRequest =>
  isNumbered(value) && typeof value.updatedDate === 'number' && typeof value.createdDate === 'number';

export const isActivity = (value: unknown): value is RestActivity => isNumbered(value);
