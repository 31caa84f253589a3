import { ConfigError } from '../config/config';
import { findJsonError } from '../text/json-position';

/**
 * Reads the text of a state file: JSON, or lines of messages as `read` prints them. Empty text means that there is none.
 * @throws ConfigError
 */
export function parseStateText(text: string): unknown {
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return parseLines(text);
  }
}

/** What is worth a warning about the content of a state file; null: nothing. */
export function stateWarning(state: unknown): string | null {
  const parts: unknown[] = Array.isArray(state) ? state : state === null ? [] : [state];
  const wrong = parts.find((part) => typeof part !== 'object');
  return wrong === undefined ? null : `--state holds a ${typeof wrong} where a state should be: what it was to say is read anew.`;
}

/** One message per line; the first line that is none is named. */
function parseLines(text: string): unknown[] {
  const lines = text.split('\n');
  const messages = lines.flatMap((line, index) => (line.trim() === '' ? [] : [parseLine(line, index, text)]));
  return messages.filter((message) => message?.type === undefined || message.type === 'STATE' || message.type === 'STREAM');
}

function parseLine(line: string, index: number, text: string): { type?: string } | null {
  try {
    return JSON.parse(line) as { type?: string } | null;
  } catch {
    // A first line that is not JSON by itself begins a document of many lines.
    const error = index === 0 ? findJsonError(text) : findJsonError(line);
    const place = error === null ? '' : ` In line ${error.line + index}, column ${error.column}, it needs ${error.expected}.`;
    throw new ConfigError(
      `--state is not JSON: give the file that the last sync wrote, or leave --state out to read everything.${place}`,
    );
  }
}
