import { createHash, createHmac, randomUUID } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { failureOf } from '../../bitbucket/transport/failure';
import type { Http, HttpAnswer } from '../../bitbucket/transport/http';
import type { Inbox } from '../inbox/inbox';
import { RECEIVED_DIGEST } from '../receiver/event-door';
import { deliveryId, PROBE } from '../receiver/event';
import { shownUrl } from '../hooks/hook-definition';
import { type CheckStep, failed, ok, warning } from './check-step';

/** What a probe is sent with. */
export interface ProbeOptions {
  readonly url: string;
  readonly secret: string;
  readonly http: Http;
  /** Whether a proxy looks up the name. */
  readonly isProxied: boolean;
  /** Where the receiver should have put it; null: none is configured. */
  readonly inbox: Inbox | null;
  readonly signal: AbortSignal;
}

/** Of what an answer may hold, so much is read, in bytes. */
const MOST_BYTES = 64 * 1024;

/** Sends a signed probe to the receiver's public URL: name, way, answer, signature and inbox, each with a step of its own. */
export async function* probe(options: ProbeOptions): AsyncGenerator<CheckStep> {
  const url = new URL(options.url);
  const name = await nameStep(url.hostname, options.isProxied);
  yield name;
  if (name.status === 'failed') return;
  const requestId = randomUUID();
  // Spaces and letters beyond ASCII, which whoever parses bodies and writes them again does not leave as they are.
  const body = JSON.stringify({ eventKey: PROBE, text: 'Grüße – ✓', id: requestId }, null, 3);
  let answer: HttpAnswer;
  try {
    answer = await send(options, url, { body, requestId });
  } catch (error) {
    yield unreachable(url, error);
    return;
  }
  yield ok(
    'connection',
    `${shownUrl(options.url)} answers${url.protocol === 'https:' ? ', and its certificate is trusted' : ', without TLS'}`,
  );
  const text = (await answer.body.whole(MOST_BYTES).catch(() => Buffer.alloc(0))).toString('utf8').trim();
  const said = answerStep(answer, text, createHash('sha256').update(body).digest('hex'));
  yield said;
  if (said.status !== 'failed') yield await inboxStep(options.inbox, deliveryId(Buffer.from(body), undefined));
}

async function nameStep(hostname: string, isProxied: boolean): Promise<CheckStep> {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) return ok('name', `${host} is an address`);
  if (isProxied) return ok('name', `${host} is looked up by the proxy`);
  try {
    return ok('name', `${host} is ${(await lookup(host, { all: true })).map(({ address }) => address).join(', ')}`);
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    return failed(
      'name',
      `${host} cannot be looked up from here (${code})`,
      'See whether the host of the URL is written right, and known to DNS.',
    );
  }
}

function send(
  { http, secret, signal }: ProbeOptions,
  url: URL,
  { body, requestId }: { body: string; requestId: string },
): Promise<HttpAnswer> {
  return http({
    method: 'POST',
    url: url.href,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      'x-event-key': PROBE,
      'x-request-id': requestId,
      'x-hub-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
    body,
    signal,
  });
}

function unreachable(url: URL, cause: unknown): CheckStep {
  const error = failureOf(`Sending to ${shownUrl(url.href)}`, cause);
  if (error.kind === 'tls')
    return failed(
      'connection',
      error.message,
      'Give the receiver’s proxy a certificate that is trusted; ca_certificate is trusted here, Bitbucket has a list of its own.',
    );
  return failed(
    'connection',
    error.message,
    'Nothing answers there: see that `serve` runs, that the proxy in front of it passes this path on, and that no firewall is between.',
  );
}

function answerStep({ status, headers }: HttpAnswer, text: string, digest: string): CheckStep {
  if (status === 200 && (text === 'accepted' || text === 'known'))
    return ok('signature', 'the receiver has found the signature right');
  if (status === 401 && typeof headers[RECEIVED_DIGEST] === 'string') {
    return headers[RECEIVED_DIGEST] === digest
      ? failed(
          'signature',
          'the receiver has another secret than this configuration',
          'Give both the same webhook_secret, then run `webhooks ensure --renew-secret --apply`.',
        )
      : failed(
          'signature',
          'the body was changed on the way, so that its signature cannot be right',
          'Have the proxy between pass bodies on as they are: no rewriting, no decoding, no filter of contents.',
        );
  }
  if (status === 503)
    return failed('answer', `the receiver is there, and cannot store anything (503: ${text.slice(0, 100)})`, 'Its log says why.');
  return failed(
    'answer',
    `what answers there is not the receiver (${status})`,
    `See that the path of the URL is the one that \`serve\` has printed, and that the proxy passes it on.`,
  );
}

async function inboxStep(inbox: Inbox | null, delivery: string): Promise<CheckStep> {
  if (inbox === null)
    return warning('inbox', 'webhook_inbox is not configured here', 'Without it no sync reads what the receiver takes in.');
  return (await inbox.knows(delivery))
    ? ok('inbox', 'the probe has arrived in the inbox that syncs read')
    : failed(
        'inbox',
        'the receiver has stored the probe, but not in the inbox of this configuration',
        'Give `serve` and the syncs the same webhook_inbox: a folder of one host, or one database.',
      );
}
