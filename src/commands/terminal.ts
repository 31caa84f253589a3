import { readFileSync } from 'node:fs';
import type { Terminal } from './context';

/**
 * @param streams whose `stdin` is made by Node when somebody looks: with it comes what reads files, a megabyte that most commands do without
 * @param signal aborted once the process is told to end: nobody answers then
 */
export function terminal(
  streams: Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr'>,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Terminal {
  const { stdout } = streams;
  // A terminal that cannot move its cursor gets lines alone.
  const isTerminal = stdout.isTTY && environment.TERM !== 'dumb';
  const askOn = (asked: NodeJS.WriteStream) => async (question: string) => {
    if (isInBackground()) {
      asked.write(`${question}\n`);
      return '';
    }
    const { stdin } = streams;
    const { createInterface } = await import('node:readline');
    // The terminal itself edits the line: so Ctrl-C is a signal, and Ctrl-D the end of the input, also one that came before the question.
    const line = createInterface({ input: stdin, terminal: false });
    asked.write(question);
    const answer = await new Promise<string | null>((resolve) => {
      const end = () => resolve(null);
      line.once('line', resolve).once('close', end);
      stdin.once('error', end);
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
    });
    line.close();
    stdin.pause();
    if (answer === null) asked.write('\n');
    return answer ?? '';
  };
  return {
    output: stdout,
    get isTyped() {
      return streams.stdin.isTTY;
    },
    isTerminal,
    width: stdout.isTTY ? stdout.columns || 80 : null,
    coloured: isTerminal && (environment.NO_COLOR ?? '') === '',
    // Who sends the output elsewhere (`| tee log`) still sits before the terminal, if that is where the input comes from.
    get ask() {
      if (stdout.isTTY) return askOn(stdout);
      return streams.stderr.isTTY && streams.stdin.isTTY ? askOn(streams.stderr) : null;
    },
  };
}

/** Whether reading from the terminal would stop this process, as one that `timeout` starts; where that cannot be known it is not thought so. */
function isInBackground(): boolean {
  try {
    // Behind the name of the program, which may hold anything: state, parent, group, session, terminal, the terminal's foreground group.
    const [, , group, , , foreground] = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return Number(foreground) > 0 && foreground !== group;
  } catch {
    return false;
  }
}
