import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `spec.json`, as it is. */
export function readSpec(): { connectionSpecification: Record<string, unknown> } {
  return JSON.parse(readFileSync(join(__dirname, '../../spec.json'), 'utf8')) as {
    connectionSpecification: Record<string, unknown>;
  };
}
