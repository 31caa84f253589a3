import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SyncError, reasonOf } from './sync-error';

/** How to start the connector. */
export interface Command {
  readonly executable: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Aborting it asks the connector to end (SIGTERM), and ends it if it has not after `graceSeconds`. */
  readonly signal: AbortSignal;
  readonly graceSeconds: number;
  /** Hears every line of stderr. */
  readonly onStderr: (line: string) => void;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** The connector as a child process: lines come out of it as fast as they are taken, and no faster. */
export class Connector {
  private killTimer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly child: Child,
    private readonly command: Command,
    private readonly closed: Promise<unknown>,
  ) {
    if (command.signal.aborted) this.stop();
    else command.signal.addEventListener('abort', this.stop, { once: true });
  }

  /** Starts it, with this process's own Node; it has a process group of its own, so that Ctrl-C reaches it through us only. */
  static async start(command: Command): Promise<Connector> {
    const { executable, args, env } = command;
    const child = spawn(process.execPath, [executable, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const closed = once(child, 'close').catch(() => undefined);
    try {
      await once(child, 'spawn');
    } catch (error) {
      throw new SyncError(`The connector ${executable} could not be started: ${reasonOf(error)}.`);
    }
    createInterface({ input: child.stderr }).on('line', command.onStderr);
    return new Connector(child, command, closed);
  }

  /** The lines of stdout, as many at once as have arrived; the last one also if it was cut off. */
  async *lines(): AsyncGenerator<readonly string[]> {
    let rest: Buffer[] = [];
    for await (const chunk of this.chunks()) {
      const end = chunk.lastIndexOf(0x0a);
      if (end < 0) {
        rest.push(chunk);
        continue;
      }
      const text = Buffer.concat([...rest, chunk.subarray(0, end)]).toString('utf8');
      rest = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : [];
      yield text.split('\n').filter((line) => line.trim() !== '');
    }
    const last = Buffer.concat(rest).toString('utf8');
    if (last.trim() !== '') yield [last];
  }

  /** A pipe that we closed ourselves ends like any other. */
  private async *chunks(): AsyncGenerator<Buffer> {
    try {
      yield* this.child.stdout as AsyncIterable<Buffer>;
    } catch (error) {
      if (!this.child.stdout.destroyed) throw error;
    }
  }

  /** Whether the connector has nothing more to say at this moment. */
  async isQuiet(): Promise<boolean> {
    await nextTurn();
    return this.child.stdout.readableLength === 0;
  }

  /** Waits for its end and gives its exit code; 128 + n for one that signal n ended. */
  async exitCode(): Promise<number> {
    await this.closed;
    clearTimeout(this.killTimer);
    this.command.signal.removeEventListener('abort', this.stop);
    const { exitCode, signalCode } = this.child;
    return signalCode === null ? (exitCode ?? 1) : 128 + constants.signals[signalCode];
  }

  /** Ends it because nobody listens any more; what it still says is thrown away. */
  async abandon(): Promise<void> {
    this.child.stdout.destroy();
    this.stop();
    await this.exitCode();
  }

  private readonly stop = (): void => {
    if (this.killTimer !== undefined) return;
    this.child.kill('SIGTERM');
    this.killTimer = setTimeout(() => {
      this.child.kill('SIGKILL');
      // A grandchild may hold the pipe open; nobody waits for it.
      this.child.stdout.destroy();
      this.child.stderr.destroy();
    }, this.command.graceSeconds * 1000);
  };
}
