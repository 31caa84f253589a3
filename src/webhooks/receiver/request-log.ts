import { isJson } from '../../config/json';
import type { Event } from './event';

/** What came of one request. */
export interface Answered {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
  readonly milliseconds: number;
  /** Whom it came from. */
  readonly address: string;
  /** What was made of it; null: its status says it all. */
  readonly outcome: Taken | Refused | null;
}

/** An event came in. */
export interface Taken {
  readonly said: 'accepted' | 'known' | 'pong';
  /** Null: the connection test, which names nothing. */
  readonly event: Event | null;
  /** As the sender calls the delivery. */
  readonly requestId: string | undefined;
}

/** Why not. */
export interface Refused {
  readonly refusal: string;
}

/** Of what others chose, so much is shown. */
const LONGEST = 200;

/** One request as a sentence for a log; nothing of a body but whose event it is. */
export function describeRequest({ method, path, status, milliseconds, address, outcome }: Answered): string {
  const told = outcome === null ? '' : `: ${'refusal' in outcome ? `refused, ${outcome.refusal}` : describeEvent(outcome)}`;
  return `${method} ${shortened(path)} ${status} ${Math.round(milliseconds)} ms from ${address}${told}`;
}

function describeEvent({ said, event, requestId }: Taken): string {
  if (event === null) return 'the connection test';
  const place = placeOf(event.repository);
  const where = place === null ? '' : ` of ${shortened(place)}`;
  const number = event.delivery.hint?.pullRequestId ?? null;
  return [
    `${said === 'known' ? 'came before, ' : 'accepted '}${shortened(event.key === '' ? 'an event without a key' : event.key)}${where}`,
    ...(number === null ? [] : [`pull request ${number}`]),
    ...(requestId === undefined ? [] : [`delivery ${shortened(requestId)}`]),
  ].join(', ');
}

/** `KEY/slug`; null where the document names none. */
function placeOf(repository: unknown): string | null {
  if (!isJson(repository) || typeof repository.slug !== 'string') return null;
  const key = isJson(repository.project) ? repository.project.key : undefined;
  return `${typeof key === 'string' ? key : '?'}/${repository.slug}`;
}

function shortened(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)} …`;
}
