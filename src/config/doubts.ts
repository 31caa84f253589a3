import { isJson, type Json } from './json';
import { unknownKeys } from './unknown-keys';

/** The address of a project's page, or of what is in it, as a browser shows it. */
const PROJECT_PAGE = /\/projects\/([^/?#]+)(?:\/repos\/([^/?#]+))?/;

/**
 * A sentence for each thing in a valid configuration that is probably not meant, for people: fields that the spec does not know, a start
 * date that lies in the future, with which a sync succeeds and reads nothing, and the address of a project instead of the server's, with which
 * all projects are read.
 * @param schema `connectionSpecification` of `spec.json`
 */
export function doubtsOf(raw: unknown, schema: object): string[] {
  const fields = isJson(raw) ? raw : {};
  return [...unknownKeys(raw, schema), ...futureStart(fields['start_date']), ...projectPage(fields)];
}

function projectPage({ server_url: address, projects, repositories }: Json): string[] {
  const [path, key = '', slug] = (typeof address === 'string' ? PROJECT_PAGE.exec(address) : null) ?? [];
  const isFiltered = [projects, repositories].some((filter) => Array.isArray(filter) && filter.length > 0);
  if (path === undefined || isFiltered) return [];
  const filter =
    slug === undefined ? `projects: [${JSON.stringify(key)}]` : `repositories: [${JSON.stringify(`${key}/${slug}`)}]`;
  return [`server_url names the page ${path}, and everything on the server is read. To read that alone, write ${filter}.`];
}

function futureStart(date: unknown): string[] {
  if (typeof date !== 'string' || !(Date.parse(date) > Date.now())) return [];
  return [`start_date lies in the future (${date}): no pull request, and no commit, is read until then. Was another year meant?`];
}
