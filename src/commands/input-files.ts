import { readFileSync } from 'node:fs';
import { UnreadableInputError } from '../config/config-error';
import { missingInput, notJson, unreadableInput } from '../text/input-faults';
import { type InputOption, printedFault } from '../text/printed-messages';

/** The text of an input file, without a byte order mark. @throws UnreadableInputError that names the option */
export function readTextFile(option: string, file: string | undefined): string {
  if (file === undefined) throw new UnreadableInputError(missingInput(option));
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new UnreadableInputError(unreadableInput(option, file, error));
  }
}

/**
 * An input file as JSON.
 * @throws UnreadableInputError that says where the file stops being JSON, and quotes nothing of it; or that it holds another command's error
 */
export function readJsonFile(option: InputOption, file: string | undefined): unknown {
  const text = readTextFile(option, file);
  const fault = printedFault(option, String(file), text);
  if (fault !== null) throw new UnreadableInputError(fault);
  try {
    return JSON.parse(text);
  } catch {
    throw new UnreadableInputError(notJson(option, String(file), text));
  }
}

/** All that comes through a stream, as text; null where it is longer than so many bytes. */
export async function readInput(stream: AsyncIterable<Buffer | string>, maxBytes: number): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as string);
    length += bytes.length;
    if (length > maxBytes) return null;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}
