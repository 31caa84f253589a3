import { readFileSync, writeSync } from 'node:fs';
import http from 'node:http';
import { performance } from 'node:perf_hooks';
import { gunzipSync } from 'node:zlib';
import type { Recorded } from './server';

/*
 * What no client can beat: sends given requests with bare node:http, `width` at a time, over kept-alive connections. Throws the answers
 * away, or (`parse`) parses each body and writes it out again as JSON. The times are those of the requests, without the start-up.
 */

/** The file that says what to do. */
export interface RawTask {
  readonly url: string;
  readonly token: string;
  readonly width: number;
  readonly parse: boolean;
  readonly requests: readonly Recorded[];
}

export interface RawResult {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

const CHUNK = 64 * 1024;
const task = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as RawTask;
const agent = new http.Agent({ keepAlive: true, maxSockets: task.width });
const base = new URL(task.url);
let next = 0;
let lines: string[] = [];
let length = 0;

const print = (text: string): void => {
  lines.push(text);
  length += text.length;
  if (length >= CHUNK) flush();
};

const flush = (): void => {
  const bytes = Buffer.from(`${lines.join('\n')}\n`);
  for (let offset = 0; offset < bytes.length;) offset += writeSync(1, bytes, offset);
  lines = [];
  length = 0;
};

const send = ({ path, accept }: Recorded): Promise<void> =>
  new Promise((resolve, reject) => {
    const headers = { accept, authorization: `Bearer ${task.token}`, 'accept-encoding': 'gzip' };
    http
      .get({ agent, host: base.hostname, port: base.port, path, headers }, (answer) => {
        if (answer.statusCode !== 200) return reject(new Error(`${path} was answered with ${answer.statusCode}`));
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => {
          if (task.parse) chunks.push(chunk);
        });
        answer.once('error', reject);
        answer.once('end', () => {
          if (task.parse) {
            const whole = Buffer.concat(chunks);
            const body = answer.headers['content-encoding'] === 'gzip' ? gunzipSync(whole) : whole;
            const isJson = (answer.headers['content-type'] ?? '').includes('json');
            print(isJson ? JSON.stringify(JSON.parse(body.toString())) : JSON.stringify({ bytes: body.length }));
          }
          resolve();
        });
      })
      .once('error', reject);
  });

const work = async (): Promise<void> => {
  for (let request = task.requests[next++]; request !== undefined; request = task.requests[next++]) await send(request);
};

const main = async (): Promise<void> => {
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: task.width }, work));
  if (length > 0) flush();
  const { user, system } = process.cpuUsage(cpu);
  const result: RawResult = { seconds: (performance.now() - startedAt) / 1000, cpuSeconds: (user + system) / 1e6 };
  process.send?.(result, () => process.disconnect());
};

void main();
