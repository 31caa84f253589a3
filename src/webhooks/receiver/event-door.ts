import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Bodies, MAX_BODY_BYTES, tooLarge } from './bodies';
import { isPing, LONGEST_PING, PING, PROBE, readEvent } from './event';
import type { GroupCommit } from './group-commit';
import type { Metrics } from './metrics';
import { Refusal } from './refusal';
import type { Taken } from './request-log';
import { mayBeSignature, SignatureCheck } from './signature';

/** In the answer to a probe whose signature does not fit: what arrived, so that its sender sees whether it was changed on the way. */
export const RECEIVED_DIGEST = 'x-received-sha256';
const LONGEST_PROBE = 4096;

/** What taking events in needs. */
export interface EventDoorOptions {
  readonly secrets: readonly string[];
  readonly bodies: Bodies;
  readonly commits: Pick<GroupCommit, 'put'>;
  readonly metrics: Pick<Metrics, 'event'>;
}

/** Takes events in: what a header shows to be wrong is refused before its body is read, the body before it is parsed. */
export class EventDoor {
  constructor(private readonly options: EventDoorOptions) {}

  /** Resolves when the event is durable, with what to answer. @throws Refusal, or the inbox's own error */
  async take(request: IncomingMessage, address: string): Promise<Taken> {
    const { bodies, commits, metrics, secrets } = this.options;
    const [eventKey, signature] = [header(request, 'x-event-key'), header(request, 'x-hub-signature')];
    const mayBePing = signature === undefined && eventKey === PING;
    refuseByHeaders(request, signature, mayBePing);
    const check = new SignatureCheck(secrets);
    const limit = mayBePing ? LONGEST_PING : MAX_BODY_BYTES;
    const body = await bodies.read(request, { address, limit, onPiece: (piece) => check.update(piece) });
    if (mayBePing) {
      if (!isPing(eventKey, body)) throw unsigned();
      metrics.event(PING, true);
      return { said: 'pong', event: null, requestId: undefined };
    }
    if (!check.fits(signature)) throw wrong(eventKey, body);
    const requestId = header(request, 'x-request-id');
    const event = readEvent(body, { eventKey, requestId });
    if (event === null) throw new Refusal(400, 'The body is not a JSON object.');
    const isNew = await commits.put(event.delivery);
    metrics.event(event.key, isNew);
    return { said: isNew ? 'accepted' : 'known', event, requestId };
  }
}

function refuseByHeaders(request: IncomingMessage, signature: string | undefined, mayBePing: boolean): void {
  if (request.method !== 'POST') throw new Refusal(405, 'Events are sent with POST.', { headers: { allow: 'POST' } });
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\s*(?:;|$)/i.test(type)) throw new Refusal(415, 'Events are sent as application/json.');
  const length = Number(request.headers['content-length'] ?? 0);
  if (mayBePing) {
    if (length >= LONGEST_PING) throw unsigned();
    return;
  }
  if (signature === undefined) throw unsigned();
  if (!mayBeSignature(signature)) throw wrong();
  if (length > MAX_BODY_BYTES) throw tooLarge();
}

function unsigned(): Refusal {
  return new Refusal(401, 'The event is not signed: give the webhook its secret.');
}

function wrong(eventKey?: string, body?: Buffer): Refusal {
  const isProbe = eventKey === PROBE && body !== undefined && body.length <= LONGEST_PROBE;
  return new Refusal(401, 'The signature does not fit: the webhook has another secret.', {
    ...(isProbe && { headers: { [RECEIVED_DIGEST]: createHash('sha256').update(body).digest('hex') } }),
  });
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
