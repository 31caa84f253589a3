import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BitbucketSource } from '../../src/source';
import { catalogOf, logsOf, type Message, statusesOf } from '../support/connector';
import { type Document, replay } from '../support/replay';
import { keyOf } from '../support/rows';

interface Recorded {
  readonly repositories: readonly Document[];
  readonly users: readonly Document[];
  readonly pullRequests: readonly Document[];
  readonly activities: readonly (readonly [number, readonly Document[]])[];
}

/** Version 0.1.0 gave these states when it read `before`; continued from each of them on `after`, it emitted `records`. */
interface Recording {
  readonly start: number;
  readonly later: number;
  readonly diff: Document;
  readonly before: Recorded;
  readonly after: Recorded;
  readonly cases: Readonly<Record<string, Case>>;
}

interface Case {
  readonly mode: 'incremental' | 'full_refresh';
  readonly states: readonly Message[];
  readonly records: readonly { readonly stream: string; readonly key: readonly number[]; readonly deleted: boolean }[];
}

const recording = JSON.parse(readFileSync(join(__dirname, '../../test_files/states-0.1.0.json'), 'utf8')) as Recording;
/** The streams that 0.1.0 has. */
const SIX = ['projects', 'repositories', 'users', 'pull_requests', 'pull_request_activities', 'pull_request_diffs'];

async function read(recorded: Recorded, states: readonly Message[], now: number, mode: Case['mode']) {
  const server = await replay({ ...recorded, activities: new Map(recorded.activities), diff: recording.diff, changes: [] });
  const messages: Message[] = [];
  const source = new BitbucketSource({
    ...{ now: () => now, random: () => 0.5, extraCaCertificates: undefined, signal: new AbortController().signal },
    retryPolicy: { attempts: 1, firstDelayMs: 0 },
  });
  const config = { server_url: server.url, credentials: { auth_type: 'token', token: 'x' } };
  const reading = source.start(config, catalogOf(SIX, mode), states, (line) => void messages.push(JSON.parse(line) as Message));
  await reading.done;
  server.stop();
  const written = messages
    .filter(({ type }) => type === 'RECORD')
    .map(
      ({ record: { stream, data } }) => `${stream} ${keyOf(stream as never, data)}${data.deleted_at === null ? '' : ' deleted'}`,
    );
  return { messages, written, requests: server.requests };
}

describe.each(Object.entries(recording.cases))('a state of version 0.1.0 that is %s', (_name, { mode, states, records }) => {
  it('is continued as 0.1.0 itself would have', async () => {
    const { messages, written } = await read(recording.after, states, recording.later, mode);
    const expected = records.map(({ stream, key, deleted }) => `${stream} ${key.join('/')}${deleted ? ' deleted' : ''}`);
    expect(written.sort()).toEqual(expected.sort());
    expect(statusesOf(messages)).toEqual(Object.fromEntries(SIX.map((name) => [name, 'COMPLETE'])));
    expect(logsOf(messages, 'WARN').filter((said) => !said.startsWith('server_url'))).toEqual([]);
  });
});

it('a state of version 0.1.0 brings nothing again, and no request but the lists, where nothing happened', async () => {
  const { written, requests } = await read(recording.before, recording.cases['complete']!.states, recording.start, 'incremental');
  expect(written).toEqual([]);
  expect(requests.filter((path) => /activities|diff|default-branch/.test(path))).toEqual([]);
});

it('the states are in a form that 0.1.0 wrote', () => {
  const texts = Object.values(recording.cases).map(({ states }) => JSON.stringify(states));
  expect(texts.every((text) => text.includes('"version":1') && !text.includes('"version":2'))).toBe(true);
  for (const word of ['"owed":', '"failures":', '"highest_id":', '- - ', '"full_refresh":', '"empty":true'])
    expect(texts.join('\n')).toContain(word);
});
