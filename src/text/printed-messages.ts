/** What an input file should hold, and which command prints messages into its place by mistake. */
const OPTIONS = {
  '--config': { wanted: 'configuration', command: 'another command' },
  '--catalog': { wanted: 'catalog', command: 'discover' },
  '--state': { wanted: 'state', command: 'read' },
} as const;

export type InputOption = keyof typeof OPTIONS;

/** As much of a message as tells what went wrong. */
interface Printed {
  readonly type?: unknown;
  readonly log?: { readonly message?: unknown };
  readonly trace?: { readonly type?: unknown; readonly error?: { readonly message?: unknown } };
  readonly connectionStatus?: { readonly message?: unknown };
}

/**
 * What is wrong with an input file that only holds what a command printed as it failed: `discover > discovered.json` puts its error into
 * the file. Null: it holds something else.
 */
export function printedFault(option: InputOption, file: string, text: string): string | null {
  const messages = messagesIn(text);
  if (messages === null) return null;
  const { wanted, command } = OPTIONS[option];
  const said = (pick: (message: Printed) => unknown) => messages.map(pick).find((each) => typeof each === 'string');
  const error = said(({ trace }) => trace?.error?.message);
  const status = said(({ connectionStatus }) => connectionStatus?.message);
  const log = said(({ log }) => log?.message);
  const hasStatus = messages.some(({ type }) => type === 'CONNECTION_STATUS');
  const what = error === undefined && status === undefined ? 'messages' : 'an error';
  const told = error ?? status ?? log;
  return `${option}: ${file} holds ${what} of ${hasStatus ? 'check' : command}, no ${wanted}${told === undefined ? '.' : `: ${told}`}`;
}

/** Null where a line is anything but a message that carries no data. */
function messagesIn(text: string): Printed[] | null {
  const messages: Printed[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const message = parsed(line);
    if (message === null || !['TRACE', 'LOG', 'CONNECTION_STATUS'].includes(String(message.type))) return null;
    messages.push(message);
  }
  return messages.length === 0 ? null : messages;
}

function parsed(line: string): Printed | null {
  try {
    return JSON.parse(line) as Printed | null;
  } catch {
    return null;
  }
}
