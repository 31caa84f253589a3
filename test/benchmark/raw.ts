import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { FOLDER, type Server } from './connector';
import type { RawResult, RawTask } from './raw-client';
import type { Recorded } from './server';

/** Sends the same requests with the raw client; what it writes is read and thrown away, as the connector's is. */
export async function sendRaw(server: Server, requests: readonly Recorded[], width: number, parse: boolean): Promise<RawResult> {
  const file = join(FOLDER, 'raw.json');
  const task: RawTask = { url: server.url, token: server.credentials.token, width, parse, requests };
  writeFileSync(file, JSON.stringify(task), { mode: 0o600 });
  const child = fork(resolve(__dirname, 'raw-client.ts'), [file], {
    execArgv: ['-r', '@swc-node/register'],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  child.stdout?.resume();
  let result: RawResult | undefined;
  child.once('message', (message) => (result = message as RawResult));
  const [code] = (await once(child, 'close')) as [number | null];
  if (result === undefined) throw new Error(`The raw client ended with ${code}`);
  return result;
}
