import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A stream's JSON schema as `discover` gives it: draft-07, every column described. */
export interface StreamSchema {
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Reads `resources/schemas/<name>.json`, the one description of a record. */
export function readSchema(name: string): StreamSchema {
  return JSON.parse(readFileSync(join(__dirname, '../../resources/schemas', `${name}.json`), 'utf8')) as StreamSchema;
}

/** The columns that a schema declares, in its order. */
export function columnsOf(name: string): string[] {
  return Object.keys(readSchema(name).properties);
}
