import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** This connector's version, as its package says. */
export function version(): string {
  return (JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as { version: string }).version;
}
