import type { Connector } from './connector';
import { DELETED_AT } from './batch';
import type { Target } from './catalog';
import type { Loader } from './loader';
import { parseLine, streamId, type Message } from './messages';
import type { Screen } from './screen';
import type { StreamCauses } from './stream-causes';
import { noteEstimate, noteRecord, noteStatus, type Tally } from './tally';

/** A busy connector's states are made durable at least this often; a quiet one's at once. */
const COMMIT_EVERY_MS = 500;
/** Risks of the configuration that somebody has taken knowingly. */
const KNOWN_RISKS = /^(?:server_url begins with http:|verify_tls is false:)/;
const LONGEST_GARBAGE = 10_000;

/** Who hears of what the connector says. */
export interface Listeners {
  readonly loader: Loader;
  readonly tallies: ReadonlyMap<string, Tally>;
  readonly targets: readonly Target[];
  readonly screen: Screen;
  readonly clock: () => number;
  readonly failures: Set<string>;
  /** Gathers what streams fail of: one cause is told once, at the end. */
  readonly errors: StreamCauses;
  /** The same of what they warn of. */
  readonly warnings: StreamCauses;
  /** The first sync into this file: later ones do not repeat what is known of the configuration. */
  readonly isFirst: boolean;
}

/** Takes in everything that the connector says until its stdout ends; all of it is in the database then. */
export async function receive(connector: Connector, listeners: Listeners): Promise<void> {
  const { loader, clock, screen } = listeners;
  const hear = listener(listeners);
  let committedAt = clock();
  const commit = async () => {
    await loader.commit();
    committedAt = clock();
  };
  for await (const lines of connector.lines()) {
    for (const line of lines) {
      const message = parseLine(line);
      if (message.type === 'LOG') screen.hearLog(message.message);
      else if (message.type === 'STATE') screen.hearState();
      else if (message.type !== 'ESTIMATE') screen.hear();
      hear(message, line.length);
      if (loader.isFull) await commit();
    }
    if (loader.hasNews && (clock() - committedAt >= COMMIT_EVERY_MS || (await connector.isQuiet()))) await commit();
  }
  await commit();
}

/**
 * Passes on to a person what is not data: logs, errors, and lines that are no messages at all.
 * @param failures gets the type of each error
 */
export function announce(message: Message, screen: Screen, failures: Set<string>): void {
  if (message.type === 'ERROR') failures.add(message.failureType ?? 'system_error');
  if (message.type === 'LOG') screen.log(message.level, message.message);
  if (message.type === 'ERROR')
    screen.log('ERROR', message.stream === null ? message.message : `${streamId(message.stream)}: ${message.message}`);
  if (message.type === 'GARBAGE')
    screen.log('WARN', `The connector wrote a line that is no Airbyte message: ${message.line}`, LONGEST_GARBAGE);
}

function listener({
  loader,
  tallies,
  targets,
  screen,
  clock,
  failures,
  errors,
  warnings,
  isFirst,
}: Listeners): (message: Message, bytes: number) => void {
  const warned = new Set<string>();
  const warnOnce = (text: string) => {
    if (!warned.has(text)) screen.log('WARN', text);
    warned.add(text);
  };
  const undeclared = undeclaredColumns(targets, warnOnce);
  return (message, bytes) => {
    if (message.type === 'ERROR' && message.stream !== null) {
      failures.add(message.failureType ?? 'system_error');
      return errors.add(streamId(message.stream), message.message);
    }
    if (message.type === 'LOG' && message.level === 'WARN') {
      const stream = message.message.split(': ', 1)[0] ?? '';
      if (tallies.has(stream)) return warnings.add(stream, message.message);
    }
    if (message.type === 'LOG' && !isFirst && KNOWN_RISKS.test(message.message)) return screen.log('INFO', message.message);
    if (!('stream' in message) || message.type === 'ERROR') return announce(message, screen, failures);
    const stream = streamId(message.stream);
    const tally = tallies.get(stream);
    if (tally === undefined)
      return warnOnce(
        `The connector sent ${message.type} messages for ${stream}, which the catalog does not select: they are ignored.`,
      );
    switch (message.type) {
      case 'RECORD':
        noteRecord(tally, (message.data[DELETED_AT] ?? null) !== null, clock());
        undeclared(stream, message.data);
        return loader.add(stream, message.data, message.emittedAt, bytes);
      case 'STATE':
        return loader.cover(stream, message.state);
      case 'STATUS':
        noteStatus(tally, message.status, message.rateLimited, clock());
        return message.status === 'COMPLETE' ? loader.complete(stream) : undefined;
      case 'ESTIMATE':
        noteEstimate(tally, message.rows);
    }
  };
}

/** A column that the schema does not declare has no place in the table, which is worth one warning. */
function undeclaredColumns(targets: readonly Target[], warn: (text: string) => void): (stream: string, data: object) => void {
  const declared = new Map(targets.map(({ id, columns }) => [id, new Set(columns.map(({ name }) => name))]));
  return (stream, data) => {
    const known = declared.get(stream);
    for (const column of Object.keys(data)) {
      if (known?.has(column) === false) warn(`${stream}.${column} is not in the stream's schema: it is not loaded.`);
    }
  };
}
