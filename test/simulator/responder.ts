import { setTimeout as sleep } from 'node:timers/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip, gzip } from 'node:zlib';
import { promisify } from 'node:util';
import type { Answer } from './answers';
import type { Body } from './body-cache';
import type { Fault } from './faults';

const compress = promisify(gzip);
const JSON_TYPE = 'application/json;charset=UTF-8';
/** Below this, compressing costs more than it saves. */
const WORTH_COMPRESSING = 2048;

/** What goes onto the wire, rendered. */
export interface Rendered {
  readonly status: number;
  readonly type?: string;
  readonly body?: Body;
  readonly chunks?: Iterable<Buffer>;
  readonly headers: Readonly<Record<string, string>>;
}

/** An answer as bytes. */
export const render = (answer: Answer): Rendered => {
  switch (answer.kind) {
    case 'json':
      return {
        status: answer.status,
        type: JSON_TYPE,
        body: { plain: Buffer.from(JSON.stringify(answer.body)) },
        headers: answer.headers ?? {},
      };
    case 'text':
      return {
        status: answer.status,
        type: answer.type,
        body: { plain: Buffer.from(answer.body) },
        headers: answer.headers ?? {},
      };
    case 'stream':
      return { status: 200, type: answer.type, ...wholeOrChunks(answer.chunks), headers: {} };
    case 'redirect':
      return { status: 301, headers: { Location: answer.location } };
    case 'empty':
      return { status: answer.status, headers: {} };
  }
};

/** What fits into one piece needs no stream. */
const wholeOrChunks = (chunks: Iterable<Buffer>): Pick<Rendered, 'body' | 'chunks'> => {
  const iterator = chunks[Symbol.iterator]();
  const first = iterator.next();
  if (first.done === true) return { body: { plain: Buffer.alloc(0) } };
  const second = iterator.next();
  if (second.done === true) return { body: { plain: first.value } };
  return {
    chunks: (function* () {
      yield first.value;
      yield second.value;
      for (let next = iterator.next(); next.done !== true; next = iterator.next()) yield next.value;
    })(),
  };
};

/** Sends it, compressed if the client asks for that; resolves with the bytes of the body before compression. */
export const send = async (
  request: IncomingMessage,
  response: ServerResponse,
  { status, type, body, chunks, headers }: Rendered,
): Promise<number> => {
  const compressed = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (type !== undefined) response.setHeader('Content-Type', type);
  if (chunks !== undefined) return stream(response, status, chunks, compressed);
  if (body === undefined) {
    response.writeHead(status, { 'Content-Length': 0 }).end();
    return 0;
  }
  let bytes = body.plain;
  if (compressed && bytes.length >= WORTH_COMPRESSING) {
    body.gzip ??= await compress(bytes, { level: constants.Z_BEST_SPEED });
    bytes = body.gzip;
    response.setHeader('Content-Encoding', 'gzip');
  }
  response.writeHead(status, { 'Content-Length': bytes.length }).end(bytes);
  return body.plain.length;
};

const stream = async (
  response: ServerResponse,
  status: number,
  chunks: Iterable<Buffer>,
  compressed: boolean,
): Promise<number> => {
  let bytes = 0;
  const counted = function* (): Generator<Buffer> {
    for (const chunk of chunks) {
      bytes += chunk.length;
      yield chunk;
    }
  };
  const source = Readable.from(counted(), { objectMode: false, highWaterMark: 256 * 1024 });
  if (compressed) {
    response.setHeader('Content-Encoding', 'gzip');
    response.writeHead(status);
    await pipeline(source, createGzip({ level: constants.Z_BEST_SPEED }), response);
  } else {
    response.writeHead(status);
    await pipeline(source, response);
  }
  return bytes;
};

const collect = ({ body, chunks }: Rendered): Buffer =>
  body?.plain ?? (chunks === undefined ? Buffer.alloc(0) : Buffer.concat([...chunks]));

const LOGIN =
  '<!DOCTYPE html><html><head><title>Log in - Single Sign-On</title></head><body><form action="/login" method="post"><input name="username"><input name="password" type="password"></form></body></html>';

/** Faults that replace the answer. */
const replaced = (fault: Fault): Rendered | undefined => {
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
      return json(status, {
        errors: [{ context: null, message: `The simulator was asked to answer ${status}.`, exceptionName: null }],
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

/** Sends an answer the way a fault wants it. `answer` is what would have been right. */
export const sendFaulty = async (
  request: IncomingMessage,
  response: ServerResponse,
  fault: Fault,
  answer: () => Rendered,
): Promise<number> => {
  const { kind } = fault;
  const instead = replaced(fault);
  // What the server itself might say names the account that asked, as its right answers do.
  if (kind === 'empty-body' || kind === 'wrong-shape' || kind === 'empty-list') answer();
  if (instead !== undefined) return send(request, response, instead);
  if (kind === 'hang') return 0;
  if (kind === 'reset') {
    request.socket.resetAndDestroy();
    return 0;
  }
  const right = answer();
  if (kind === 'loop' && right.type !== JSON_TYPE) return send(request, response, right);
  const bytes = collect(right);
  if (right.type !== undefined) response.setHeader('Content-Type', right.type);
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  if (kind === 'broken-json') {
    response.writeHead(right.status, { 'Content-Length': half.length }).end(half);
    return half.length;
  }
  if (kind === 'loop') {
    const page = JSON.parse(bytes.toString()) as { start?: number };
    return send(
      request,
      response,
      render({ kind: 'json', status: 200, body: { ...page, isLastPage: false, nextPageStart: page.start ?? 0 } }),
    );
  }
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
  return half.length;
};
