import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Document } from './documents/json';
import type { Fault, FaultKind } from './faults';
import { JSON_TYPE, render, send, type Rendered } from './responder';

const collect = ({ body, chunks }: Rendered): Buffer =>
  body?.plain ?? (chunks === undefined ? Buffer.alloc(0) : Buffer.concat([...chunks]));

const LOGIN =
  '<!DOCTYPE html><html><head><title>Log in - Single Sign-On</title></head><body><form action="/login" method="post"><input name="username"><input name="password" type="password"></form></body></html>';

/** Faults that replace the answer. */
const replaced = (fault: Fault, start: number): Rendered | undefined => {
  const headers: Record<string, string> = fault.retryAfter === undefined ? {} : { 'Retry-After': String(fault.retryAfter) };
  const json = (status: number, body: unknown): Rendered => render({ kind: 'json', status, body, headers });
  const html = (status: number, body: string): Rendered =>
    render({ kind: 'text', status, type: 'text/html;charset=UTF-8', body, headers });
  switch (fault.kind) {
    case 'status': {
      const status = fault.status ?? 500;
      if (fault.body !== undefined)
        return render({
          kind: 'text',
          status,
          type: fault.body.startsWith('{') ? JSON_TYPE : 'text/plain',
          body: fault.body,
          headers,
        });
      if (fault.bareMessage !== undefined) return json(status, { message: fault.bareMessage });
      return json(status, {
        errors: [
          {
            context: null,
            message: fault.message ?? `The simulator was asked to answer ${status}.`,
            exceptionName: fault.exceptionName ?? null,
          },
        ],
      });
    }
    case 'html':
      return html(
        fault.status ?? 200,
        fault.body ?? '<!DOCTYPE html><html><body><h1>Service temporarily unavailable</h1></body></html>',
      );
    case 'login-page':
      return html(fault.status ?? 200, fault.body ?? LOGIN);
    case 'redirect':
      return {
        status: fault.status ?? 302,
        headers: { Location: fault.body ?? 'https://login.example.com/?continue=bitbucket' },
      };
    case 'empty-body':
      return { status: fault.status ?? 200, type: JSON_TYPE, body: { plain: Buffer.alloc(0) }, headers };
    case 'wrong-shape':
      return render({
        kind: 'text',
        status: fault.status ?? 200,
        type: JSON_TYPE,
        body: fault.body ?? '{"values":{"0":"not a list"},"isLastPage":"perhaps","id":null}',
        headers,
      });
    case 'empty-list':
      return json(200, { size: 0, limit: 25, isLastPage: true, values: [], start: 0 });
    case 'endless':
      return json(200, { size: 0, limit: 25, isLastPage: false, values: [], start, nextPageStart: start + 25 });
    case 'upgrade':
    case 'early-end':
    case 'trickle':
    case 'repeated-page':
    case 'out-of-order':
    case 'field':
    case 'reset':
    case 'half-body':
    case 'hang':
    case 'hang-body':
    case 'broken-json':
    case 'anonymous':
    case 'loop':
    case 'slow-bytes':
      return undefined;
  }
};

/** What a fault needs of the server. */
export interface Faulty {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly fault: Fault;
  readonly query: URLSearchParams;
  /** What would have been right; of another page, where that is asked for. */
  readonly answer: (start?: number) => Rendered;
}

/** Sends an answer the way a fault wants it; resolves with the bytes of its body. */
export const sendFaulty = async (faulty: Faulty): Promise<number> => {
  const { request, response, fault, query, answer } = faulty;
  const { kind } = fault;
  const start = Number(query.get('start') ?? 0);
  const instead = replaced(fault, start);
  // What the server itself might say names the account that asked, as its right answers do.
  if (['empty-body', 'wrong-shape', 'empty-list', 'endless'].includes(kind)) answer();
  if (instead !== undefined) return fault.damage === undefined ? send(request, response, instead) : damaged(faulty, instead);
  if (kind === 'hang') return 0;
  if (kind === 'reset') {
    request.socket.resetAndDestroy();
    return 0;
  }
  if (kind === 'upgrade') {
    request.socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    return 0;
  }
  const change = PAGES[kind];
  if (change === undefined) return sendInPart(faulty, answer());
  return sendPage(faulty, answer(kind === 'repeated-page' ? 0 : undefined), (page) => change(page, fault, start));
};

/** Faults that change the right page. */
const PAGES: Partial<Record<FaultKind, (page: Document, fault: Fault, start: number) => Document>> = {
  loop: (page) => ({ ...page, isLastPage: false, nextPageStart: page['start'] ?? 0 }),
  'repeated-page': (page, _fault, start) => ({
    ...page,
    start,
    isLastPage: false,
    nextPageStart: start + Math.max(1, valuesOf(page).length),
  }),
  'out-of-order': (page) => ({ ...page, values: valuesOf(page).toReversed() }),
  field: (page, fault) => withField(page, fault),
};

const valuesOf = (page: Document): readonly unknown[] => (Array.isArray(page['values']) ? page['values'] : []);

/** The right answer with something else in it; what is no JSON stays as it is. */
const sendPage = ({ request, response }: Faulty, right: Rendered, change: (page: Document) => Document): Promise<number> => {
  if (right.type !== JSON_TYPE || right.status !== 200) return send(request, response, right);
  const page = JSON.parse(collect(right).toString()) as Document;
  return send(request, response, render({ kind: 'json', status: 200, body: change(page) }));
};

const without = (document: Document, name: string): Document =>
  Object.fromEntries(Object.entries(document).filter(([key]) => key !== name));

/** Another value in one field, of every entry of a page or of those that are meant; of what is no page in itself. */
const withField = (page: Document, { field = '', value = null, entry, absent = false }: Fault): Document => {
  const path = field.split('.');
  const set = (document: unknown, depth: number): unknown => {
    const name = path[depth] ?? '';
    if (document === null || typeof document !== 'object') return document;
    if (Array.isArray(document)) return document.map((each) => set(each, depth));
    const source = document as Document;
    if (depth < path.length - 1) return { ...source, [name]: set(source[name], depth + 1) };
    return absent ? without(source, name) : { ...source, [name]: value };
  };
  if (!Array.isArray(page['values'])) return set(page, 0) as Document;
  const values = valuesOf(page).map((each) => (entry === undefined || (each as Document)['id'] === entry ? set(each, 0) : each));
  return { ...page, values };
};

/** The right answer, of which not all arrives, or not at once. */
const sendInPart = async ({ request, response, fault }: Faulty, right: Rendered): Promise<number> => {
  const { kind } = fault;
  const bytes = collect(right);
  if (right.type !== undefined) response.setHeader('Content-Type', right.type);
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  if (kind === 'broken-json') {
    response.writeHead(right.status, { 'Content-Length': half.length }).end(half);
    return half.length;
  }
  if (kind === 'trickle') return trickle(response, right.status, fault.pause ?? 50);
  response.writeHead(right.status, right.chunks === undefined ? { 'Content-Length': bytes.length } : {});
  if (kind === 'slow-bytes') {
    const piece = Math.max(1, Math.ceil(bytes.length / 20));
    for (let from = 0; from < bytes.length && !response.destroyed; from += piece) {
      response.write(bytes.subarray(from, from + piece));
      await sleep(fault.pause ?? 50);
    }
    response.end();
    return bytes.length;
  }
  response.write(half);
  if (kind === 'half-body') {
    await sleep(20);
    request.socket.resetAndDestroy();
  }
  if (kind === 'early-end') {
    await sleep(20);
    request.socket.end();
  }
  return half.length;
};

/** A byte now and then, until somebody has had enough. */
const trickle = async (response: ServerResponse, status: number, pause: number): Promise<number> => {
  response.writeHead(status);
  let bytes = 0;
  for (; !response.destroyed; bytes += 1) {
    response.write(' ');
    await sleep(pause);
  }
  return bytes;
};

const MEGABYTE = 1024 * 1024;

/** An answer whose status arrives and whose body is of no use. */
const damaged = async ({ request, response, fault }: Faulty, instead: Rendered): Promise<number> => {
  const bytes = collect(instead);
  for (const [name, value] of Object.entries(instead.headers)) response.setHeader(name, value);
  if (instead.type !== undefined) response.setHeader('Content-Type', instead.type);
  if (fault.damage === 'huge') {
    const body = Buffer.concat([bytes, Buffer.alloc(Math.max(0, MEGABYTE - bytes.length), ' ')]);
    response.writeHead(instead.status, { 'Content-Length': body.length }).end(body);
    return body.length;
  }
  if (fault.damage === 'bad-gzip') {
    const body = randomBytes(512);
    response.writeHead(instead.status, { 'Content-Length': body.length, 'Content-Encoding': 'gzip' }).end(body);
    return body.length;
  }
  if (fault.damage === 'trickle') return trickle(response, instead.status, fault.pause ?? 50);
  response.writeHead(instead.status, { 'Content-Length': bytes.length + 1 });
  response.write(bytes.subarray(0, Math.ceil(bytes.length / 2)));
  if (fault.damage === 'stalled') return bytes.length;
  await sleep(20);
  request.socket.resetAndDestroy();
  return bytes.length;
};
