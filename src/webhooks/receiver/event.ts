import { createHash } from 'node:crypto';
import { isJson, type Json } from '../../config/json';
import type { Delivery, Hint, SignedEvent } from '../inbox/inbox';

/** The event that the connection test sends. */
export const PING = 'diagnostics:ping';
/** The signed event that `webhooks check` sends: it says nothing of any repository. */
export const PROBE = 'diagnostics:probe';
/** Longer than any form of a connection test's body, in bytes. */
export const LONGEST_PING = 100;
const PING_BODY = /^\s*\{\s*"test"\s*:\s*true\s*\}\s*$/;
const LONGEST_ID = 200;
const LONGEST_KEY = 100;
const REFS_CHANGED = 'repo:refs_changed';
/** Events of a repository after which its list of pull requests is read: a target branch moved, or the repository changed. */
const OF_REPOSITORIES = new Set([REFS_CHANGED, 'repo:modified']);

/** An event as far as it is understood: anything may be missing, and nothing else of it is kept. */
export interface Event {
  readonly key: string;
  readonly delivery: Delivery;
  /** The document of its repository as it came, from which a log makes a name. */
  readonly repository: unknown;
}

/** Whether a body is that of a connection test, which Bitbucket does not sign: exactly `{"test": true}`. */
export function isPing(eventKey: string | undefined, body: Buffer): boolean {
  return eventKey === PING && body.length < LONGEST_PING && PING_BODY.test(body.toString('latin1'));
}

/** Headers of an event; they are not signed. */
export interface EventHeaders {
  readonly eventKey: string | undefined;
  readonly requestId: string | undefined;
}

/**
 * Reads a body whose signature was right: which pull request, or which repository, it is about. Dates, versions and documents in it may
 * be stale and are not looked at.
 * @returns null where it is not a JSON object
 */
export function readEvent(body: Buffer, headers: EventHeaders): Event | null {
  let payload: unknown;
  try {
    payload = JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
  if (!isJson(payload)) return null;
  const signedKey = text(payload.eventKey);
  const key = signedKey ?? headers.eventKey ?? '';
  const pullRequest = isJson(payload.pullRequest) ? payload.pullRequest : null;
  const repository = repositoryOf(payload, pullRequest);
  return {
    key,
    repository,
    delivery: {
      // A probe tells its own id in its body.
      requestId: deliveryId(body, key === PROBE ? undefined : headers.requestId),
      hint: hintOf(key, idOf(repository), pullRequest),
      signed: signedOf(signedKey, repository),
    },
  };
}

/** A pull request belongs to the repository of its target; `repo:modified` tells the old and the new. */
function repositoryOf(payload: Json, pullRequest: Json | null): unknown {
  const target = pullRequest !== null && isJson(pullRequest.toRef) ? pullRequest.toRef.repository : undefined;
  return [target, payload.repository, payload.new].find((each) => idOf(each) !== null);
}

function hintOf(key: string, repositoryId: number | null, pullRequest: Json | null): Hint | null {
  if (repositoryId === null) return null;
  if (pullRequest !== null) return { repositoryId, pullRequestId: idOf(pullRequest), refs: false };
  if (!OF_REPOSITORIES.has(key) && !key.startsWith('pr:')) return null;
  return { repositoryId, pullRequestId: null, refs: key === REFS_CHANGED };
}

/** Only what was signed proves anything, and the key in the header was not. */
function signedOf(event: string | null, repository: unknown): SignedEvent | null {
  const repositoryId = idOf(repository);
  if (event === null || event.length > LONGEST_KEY || repositoryId === null) return null;
  return { repositoryId, projectId: isJson(repository) ? idOf(repository.project) : null, event };
}

/**
 * By which a delivery is known when it comes again: its id together with its content, for the id is not signed, and what a proxy writes
 * there may be the same for all.
 */
export function deliveryId(body: Buffer, requestId: string | undefined): string {
  const digest = createHash('sha256')
    .update(`${requestId ?? ''}\n`)
    .update(body)
    .digest('hex');
  return requestId !== undefined && requestId.length <= LONGEST_ID ? `${requestId}/${digest.slice(0, 32)}` : digest;
}

function idOf(value: unknown): number | null {
  const id: unknown = isJson(value) ? value.id : undefined;
  return typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? id : null;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
