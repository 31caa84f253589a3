import { findJsonError } from './json-position';

const REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of the path is no directory',
  EISDIR: 'it is a directory',
  EACCES: 'this user may not read it; change its permissions, or the user',
  EPERM: 'this user may not read it; change its permissions, or the user',
};

/** What stands in the way of reading a file, by the code of the system; null: the code says no more. */
export function inputRemedy(code: string): string | null {
  return REMEDIES[code] ?? null;
}

/** What to do about an option that was left out. */
export function missingInput(option: string): string {
  return `${option} is missing: give a JSON file, such as ${option} ${option.slice(2)}.json.`;
}

/** Why an input file could not be read, by the code of the system. */
export function unreadableInput(option: string, file: string, error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
  return `${option}: ${file} cannot be read (${code}): ${inputRemedy(code) ?? 'give the path of a JSON file'}.`;
}

/** Where an input file stops being JSON. Quotes nothing of it, for there may be secrets in it. */
export function notJson(option: string, file: string, text: string): string {
  if (text.trim() === '') return `${option}: ${file} is empty, and an empty file is not JSON.`;
  const error = findJsonError(text);
  const place = error === null ? '' : ` In line ${error.line}, column ${error.column}, it needs ${error.expected}.`;
  return `${option}: ${file} is not JSON.${place}`;
}
