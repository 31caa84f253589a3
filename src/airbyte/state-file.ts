import { ConfigError } from '../config/config';

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

function parseLines(text: string): unknown[] {
  try {
    const messages = text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => JSON.parse(line) as { type?: string } | null);
    return messages.filter((message) => message?.type === undefined || message.type === 'STATE' || message.type === 'STREAM');
  } catch {
    throw new ConfigError(
      '--state is not JSON: give the file that the last sync wrote, or leave --state out to read everything.',
    );
  }
}
