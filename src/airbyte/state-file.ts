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
