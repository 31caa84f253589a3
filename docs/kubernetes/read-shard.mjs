// Reads one shard of a Bitbucket instance: adds the shard to the configuration, goes on from the saved state, appends the
// records to a file, and saves each state once the records before it are on disk. Ends with the connector's exit code.
import { spawn } from 'node:child_process';
import { existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const {
  JOB_COMPLETION_INDEX: index,
  SHARD_COUNT: count,
  CONNECTOR = '/airbyte/integration_code/bin/main',
  CONFIG = '/connector/config/config.json',
  CATALOG = '/connector/reader/catalog.json',
  DATA = '/data',
  SCRATCH = '/tmp',
} = process.env;

const folder = join(DATA, `shard-${index}-of-${count}`);
const stateFile = join(folder, 'state.json');
const configFile = join(SCRATCH, 'config.json');
mkdirSync(folder, { recursive: true });

const config = JSON.parse(readFileSync(CONFIG, 'utf8'));
const shard = { shard_index: Number(index), shard_count: Number(count) };
writeFileSync(configFile, JSON.stringify({ ...config, ...shard }), { mode: 0o600 });

const states = new Map();
const keep = (state) => states.set(state.stream.stream_descriptor.name, state);
if (existsSync(stateFile)) JSON.parse(readFileSync(stateFile, 'utf8')).forEach(keep);

const saved = states.size > 0 ? ['--state', stateFile] : [];
const reader = spawn(process.execPath, [CONNECTOR, 'read', '--config', configFile, '--catalog', CATALOG, ...saved], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
process.on('SIGTERM', () => reader.kill('SIGTERM'));
const ended = new Promise((resolve) => reader.on('close', (code) => resolve(code ?? 143)));

const records = openSync(join(folder, `${new Date().toISOString().replaceAll(/[-:.]/g, '')}.jsonl`), 'a');
for await (const line of createInterface({ input: reader.stdout })) {
  const message = JSON.parse(line);
  if (message.type === 'RECORD') {
    writeSync(records, `${line}\n`);
  } else if (message.type === 'STATE') {
    keep(message.state);
    fsyncSync(records);
    writeFileSync(`${stateFile}.new`, JSON.stringify([...states.values()]), { flush: true });
    renameSync(`${stateFile}.new`, stateFile);
  } else {
    console.log(line);
  }
}
process.exitCode = await ended;
