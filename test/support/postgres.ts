import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

const INSTALLED = '/usr/lib/postgresql';

/** A PostgreSQL server of our own on loopback, gone after the test. */
export interface PostgresServer {
  /** A fresh, empty database. */
  readonly database: () => Promise<string>;
  readonly stop: () => Promise<void>;
}

/** Where Debian's package put the programs; null where it is not installed, or where no user may run them. */
export function postgresPrograms(): string | null {
  const newest = existsSync(INSTALLED) ? readdirSync(INSTALLED).sort((a, b) => Number(b) - Number(a))[0] : undefined;
  const folder = newest === undefined ? null : join(INSTALLED, newest, 'bin');
  return folder !== null && existsSync(join(folder, 'initdb')) && runAs() !== null ? folder : null;
}

/** PostgreSQL refuses to run as root: somebody else does then. */
function runAs(): { uid?: number; gid?: number } | null {
  if (process.getuid?.() !== 0) return {};
  for (const user of ['postgres', 'nobody']) {
    try {
      const id = (option: string) => Number(execFileSync('id', [option, user], { stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      continue;
    }
  }
  return null;
}

/** Starts one. @throws where postgresPrograms() is null */
export async function startPostgres(): Promise<PostgresServer> {
  const programs = postgresPrograms();
  const user = runAs();
  if (programs === null || user === null) throw new Error('PostgreSQL is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid ?? user.uid);
  const data = join(folder, 'data');
  const options = { ...user, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' } };
  execFileSync(join(programs, 'initdb'), ['-D', data, '-U', 'tester', '-A', 'trust', '-E', 'UTF8', '--no-sync'], {
    ...options,
    stdio: 'ignore',
  });
  const port = await freePort();
  const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'fsync=off'].flatMap((setting) => [
    '-c',
    setting,
  ]);
  const server = spawn(join(programs, 'postgres'), ['-D', data, '-p', String(port), ...settings], {
    ...options,
    stdio: 'ignore',
  });
  const url = (name: string) => `postgres://tester@127.0.0.1:${port}/${name}`;
  await ready(url('postgres'), server);
  let databases = 0;
  return {
    database: async () => {
      const name = `inbox_${++databases}`;
      await ask(url('postgres'), `CREATE DATABASE ${name}`);
      return url(name);
    },
    stop: async () => {
      const gone = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGINT');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ready(url: string, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 100 && server.exitCode === null; attempt++) {
    try {
      return await ask(url, 'SELECT 1');
    } catch {
      await sleep(100);
    }
  }
  throw new Error('PostgreSQL did not start');
}

async function ask(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
