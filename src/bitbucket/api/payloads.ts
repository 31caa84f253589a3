import { isJson, type Json } from '../../config/json';

/** The documents that Bitbucket sends, as far as we look into them; all else passes through (reference: recorded answers). */

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
  /** Epoch milliseconds. Not moved by comments, approvals, tasks (reference: b3). */
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
export type RestPath = string | { readonly toString?: unknown; readonly components?: readonly string[]; readonly name?: string };

export function pathOf(path: RestPath | null | undefined): string | null {
  if (path === null || path === undefined) return null;
  if (typeof path === 'string') return path;
  const whole: unknown = Object.hasOwn(path, 'toString') ? path.toString : undefined;
  return typeof whole === 'string' ? whole : (path.components?.join('/') ?? path.name ?? null);
}

export const isUser = (value: unknown): value is RestUser => isJson(value) && typeof value.id === 'number';

export const isProject = (value: unknown): value is RestProject =>
  isJson(value) && typeof value.id === 'number' && typeof value.key === 'string';

export const isRepository = (value: unknown): value is RestRepository =>
  isJson(value) && typeof value.id === 'number' && typeof value.slug === 'string' && isProject(value.project);

export const isPullRequest = (value: unknown): value is RestPullRequest =>
  isJson(value) && typeof value.id === 'number' && typeof value.updatedDate === 'number' && typeof value.createdDate === 'number';

export const isActivity = (value: unknown): value is RestActivity => isJson(value) && typeof value.id === 'number';
