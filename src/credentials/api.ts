import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './answer';
import { DenialLog } from './denial-log';
import { bearsToken } from './api-token';
import { type Operation, perform, performJson, type Surroundings } from './operations';
import { MAX_BODY_BYTES, readBody } from './request-body';

/** What the API needs. */
export interface ApiOptions {
  /** What a client must send as Bearer. */
  readonly token: string;
  /** The id in the paths. */
  readonly connectionId: number;
  readonly surroundings: Surroundings;
  /** Takes one line per request (of those without the token, one per minute and address): when, who, what, which credential, and what came of it; no secret. */
  readonly log: (line: string) => void;
}

/** Answers a request if it is one to the API. @returns whether it was */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

const PREFIX = '/api/connections';
const ROUTE = /^\/api\/connections\/([^/]+)\/credentials\.(create|update|info|list|delete)(?:\/([^/]+))?$/;
const METHODS: Readonly<Record<string, 'GET' | 'POST'>> = {
  create: 'POST',
  update: 'POST',
  delete: 'POST',
  info: 'GET',
  list: 'GET',
};

/** The managing of credentials over HTTP; everything below `/api/connections` belongs to it, and nothing else. */
export function credentialsApi(options: ApiOptions): RequestHandler {
  const denials = new DenialLog();
  return async (request, response) => {
    const path = pathOf(request);
    if (path !== PREFIX && !path.startsWith(`${PREFIX}/`)) return false;
    const reply = await answer(options, request, path).catch((error: unknown) => unforeseen(options, error));
    audit(options, denials, request, reply);
    send(response, reply);
    return true;
  };
}

/** What goes back, and what the log tells of it. */
interface Reply {
  readonly status: number;
  readonly body: Answer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Null: not a route. */
  readonly operation: Operation | null;
  readonly credentialId?: number;
}

async function answer(options: ApiOptions, request: IncomingMessage, path: string): Promise<Reply> {
  if (!bearsToken(request.headers.authorization, options.token)) {
    const message = 'Send the API token of this service, as in --header "Authorization: Bearer …"; it is no token of Bitbucket.';
    return { ...refusal(null, 401, 'not_authed', message), headers: { 'www-authenticate': 'Bearer' } };
  }
  const [, connectionId, operation, id] = ROUTE.exec(path) ?? [];
  if (!isOperation(operation) || (operation === 'info') !== (id !== undefined))
    return refusal(
      null,
      404,
      'not_found',
      `There is nothing here: the paths are ${PREFIX}/${options.connectionId}/credentials.create, .update, .delete, .list and .info/ID.`,
    );
  const method = METHODS[operation] ?? 'GET';
  if (request.method !== method)
    return {
      ...refusal(operation, 405, 'method_not_allowed', `credentials.${operation} is asked for with ${method}.`),
      headers: { allow: method },
    };
  if (connectionId !== String(options.connectionId))
    return refusal(
      operation,
      404,
      'connection_not_found',
      `There is no such connection here: its id is ${options.connectionId}.`,
    );
  return operate(options, request, operation, id);
}

async function operate(
  { surroundings }: ApiOptions,
  request: IncomingMessage,
  operation: Operation,
  id: string | undefined,
): Promise<Reply> {
  if (request.method !== 'POST') {
    const input = id === undefined ? undefined : { id: /^\d{1,15}$/.test(id) ? Number(id) : id };
    return replyOf(operation, await perform(operation, input, surroundings), input?.id);
  }
  const text = await readBody(request).catch(() => undefined);
  if (text === undefined) return refusal(operation, 400, 'invalid_json', 'The request did not arrive whole.');
  if (text === null) return refusal(operation, 413, 'request_too_large', `A request is at most ${MAX_BODY_BYTES / 1024} KB.`);
  return replyOf(operation, await performJson(operation, text, surroundings), idIn(text));
}

/** @param id what the request named, for the log */
function replyOf(operation: Operation, body: Answer, id: unknown): Reply {
  const status = body.ok ? (operation === 'create' ? 201 : 200) : statusOf(body.error);
  const credentialId = 'credential' in body ? body.credential.id : id;
  return { status, body, operation, ...(Number.isSafeInteger(credentialId) && { credentialId: credentialId as number }) };
}

function idIn(text: string): unknown {
  try {
    return (JSON.parse(text) as { id?: unknown }).id;
  } catch {
    return undefined;
  }
}

function statusOf(error: string): number {
  if (error === 'invalid_json') return 400;
  if (error === 'credential_not_found') return 404;
  return error === 'store_unavailable' ? 503 : 422;
}

function refusal(operation: Operation | null, status: number, error: string, message: string): Reply {
  return { status, operation, body: { ok: false, error, message } };
}

function unforeseen({ log }: ApiOptions, error: unknown): Reply {
  // Where, not what: the message may quote what was sent.
  const place = error instanceof Error ? (/^ +at .*$/m.exec(error.stack ?? '')?.[0] ?? '') : '';
  log(`ERROR the credentials API failed: ${error instanceof Error ? error.name : typeof error}${place.replace(/^ +/, ' ')}`);
  return refusal(
    null,
    500,
    'internal_error',
    'Something unforeseen went wrong here; whether it was done, credentials.list tells.',
  );
}

function audit({ surroundings, log }: ApiOptions, denials: DenialLog, request: IncomingMessage, reply: Reply): void {
  const { status, body, operation, credentialId } = reply;
  const address = request.socket.remoteAddress ?? 'an address unknown';
  const now = surroundings.now();
  const times = status === 401 ? denials.count(address, now) : 1;
  if (times === null) return;
  const what = operation === null ? 'a request to the credentials API' : `credentials.${operation}`;
  const outcome = body.ok ? String(status) : `${status} ${body.error}`;
  const which = credentialId === undefined ? '' : `, credential ${credentialId}`;
  const often = times > 1 ? `, ${times} times` : '';
  log(`${new Date(now).toISOString()} ${what} from ${address}: ${outcome}${which}${often}`);
}

function isOperation(name: string | undefined): name is Operation {
  return name !== undefined && Object.hasOwn(METHODS, name);
}

/** Without the query, and without slashes at its end. */
function pathOf({ url = '/' }: IncomingMessage): string {
  return url.replace(/\?.*$/, '').replace(/(?<=[^/])\/+$/, '');
}

function send(response: ServerResponse, { status, body, headers }: Reply): void {
  if (response.destroyed || response.headersSent) return;
  const text = JSON.stringify(body);
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...(!response.req.complete && { connection: 'close' }),
  });
  response.end(text);
}
