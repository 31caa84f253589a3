import { isJson } from './json';
import { unknownKeys } from './unknown-keys';

/**
 * A sentence for each thing in a valid configuration that is probably not meant, for people: fields that the spec does not know, and a
 * start date that lies in the future, with which a sync succeeds and reads nothing.
 * @param schema `connectionSpecification` of `spec.json`
 */
export function doubtsOf(raw: unknown, schema: object): string[] {
  return [...unknownKeys(raw, schema), ...futureStart(isJson(raw) ? raw['start_date'] : undefined)];
}

function futureStart(date: unknown): string[] {
  if (typeof date !== 'string' || !(Date.parse(date) > Date.now())) return [];
  return [`start_date lies in the future (${date}): no pull request, and no commit, is read until then. Was another year meant?`];
}
