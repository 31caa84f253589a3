import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip, gzip } from 'node:zlib';
import { promisify } from 'node:util';
import type { Answer } from './answers';
import type { Body } from './body-cache';

const compress = promisify(gzip);
export const JSON_TYPE = 'application/json;charset=UTF-8';
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
