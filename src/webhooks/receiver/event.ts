import { createHash } from 'node:crypto';
import { isJson, type Json } from '../../config/json';
import type { Delivery, Hint } from '../inbox/inbox';

/** The event that the connection test sends. */
export const PING = 'diagnostics:ping';
const PING_BODY = /^\s*\{\s*"test"\s*:\s*true\s*\}\s*$/;
const LONGEST_ID = 200;
/** Events of a repository after which its list of pull requests is worth a look: a target branch moved, or the repository changed. */
const OF_REPOSITORIES = new Set(['repo:refs_changed', 'repo:modified']);

/** An event as far as it is understood: anything may be missing, and nothing else of it is kept. */
export interface Event {
  readonly key: string;
  readonly delivery: Delivery;
}

/** Whether a body is that of a connection test, which Bitbucket does not sign: exactly `{"test": true}`. */
export function isPing(eventKey: string | undefined, body: Buffer): boolean {
  return eventKey === PING && body.length < 100 && PING_BODY.test(body.toString('latin1'));
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
export function readEvent(body: Buffer, headers: EventHeaders, receivedAt: number): Event | null {
  let payload: unknown;
  try {
    payload = JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
  if (!isJson(payload)) return null;
  const key = text(payload.eventKey) ?? headers.eventKey ?? '';
  const pullRequest = isJson(payload.pullRequest) ? payload.pullRequest : null;
  const target = pullRequest !== null && isJson(pullRequest.toRef) ? pullRequest.toRef.repository : undefined;
  const repositoryId = idOf(target) ?? idOf(payload.repository) ?? idOf(payload.new); // repo:modified tells the old and the new
  return {
    key,
    delivery: {
      requestId: requestIdOf(headers.requestId, body),
      receivedAt,
      repositoryId,
      hint: hintOf(key, repositoryId, pullRequest),
    },
  };
}

function hintOf(key: string, repositoryId: number | null, pullRequest: Json | null): Hint | null {
  if (repositoryId === null) return null;
  if (pullRequest !== null) return { repositoryId, pullRequestId: idOf(pullRequest) };
  return OF_REPOSITORIES.has(key) || key.startsWith('pr:') ? { repositoryId, pullRequestId: null } : null;
}

/** One without an id, or with one too long to keep, is known by its content. */
function requestIdOf(header: string | undefined, body: Buffer): string {
  if (header !== undefined && header !== '' && header.length <= LONGEST_ID) return header;
  return createHash('sha256')
    .update(header ?? '')
    .update(body)
    .digest('hex');
}

function idOf(value: unknown): number | null {
  const id: unknown = isJson(value) ? value.id : undefined;
  return typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? id : null;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
