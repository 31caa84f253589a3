import type { Emitter, Sink } from '../airbyte/emitter';
import type { Environment } from '../connection/connect';

/** What a command needs of the process: everything ambient comes in here. */
export interface CommandContext {
  readonly version: string;
  readonly environment: () => Environment;
  /** Environment variables, for the commands that people start. */
  readonly variables: NodeJS.ProcessEnv;
  /** The executable, to be run by commands that need the connector as a platform does. */
  readonly executable: string;
  /** Whether each request is to be logged. */
  readonly debug: boolean;
  /** Speaks Airbyte on stdout. */
  readonly emitter: Emitter;
  /** Writes a line of stdout; a promise where the reader is behind. */
  readonly write: Sink;
  /** Writes a line that a person reads. */
  readonly log: (line: string) => void;
  /** The content of a configuration file as it is. @throws ConfigError */
  readonly readConfig: (file: string | undefined) => unknown;
  /** All that comes on stdin, as text; null where it is longer than so many bytes. */
  readonly readInput: (maxBytes: number) => Promise<string | null>;
  /** A command of this program as it is typed: under the name that it was called by, with the configuration that was given. */
  readonly ownCommand: (command: string) => string;
  readonly terminal: Terminal;
  /** Writes a line to stderr, for a person: stdout may be for a program. */
  readonly writeAside: (line: string) => void;
  /** Tells a person, who sent stdout elsewhere, what it holds of failures; does nothing where nobody sits. */
  readonly tellAside: (text: string) => void;
  /** What a signal does before the process ends: states of finished work go out. */
  readonly beforeEnd: (flush: () => void) => void;
  /**
   * From now on a signal only asks to end: the command does so by itself.
   * @param lastWords for whoever asks again, long after, and ends it at once
   */
  readonly endByItself: (lastWords?: string) => void;
  readonly exitWith: (code: number) => void;
}

/** Where a person sits, if anybody does. */
export interface Terminal {
  readonly output: NodeJS.WritableStream;
  /** Whether somebody types what comes on stdin. */
  readonly isTyped: boolean;
  readonly isTerminal: boolean;
  readonly coloured: boolean;
  /** Columns; null: nobody sits there. */
  readonly width: number | null;
  /** Asks a question and waits for the answer, empty where the input ends before one; null where nobody sees the question. */
  readonly ask: ((question: string) => Promise<string>) | null;
}
