import { parseConfig } from '../../src/config/config';
import { readSpec } from '../../src/config/spec';
import { explainFilters } from '../../src/diagnosis/filter-explanation';

/** Of a server with these repositories. */
function explained(filters: object, names: readonly string[]): string {
  const login = { server_url: 'https://git.example.com', credentials: { auth_type: 'token', token: 'abc' } };
  const config = parseConfig({ ...login, ...filters }, readSpec().connectionSpecification);
  const repositories = names.map((name, index) => {
    const [key = '', slug = ''] = name.split('/');
    return { id: index + 1, slug, name: slug, project: { id: 1, key, name: key } };
  });
  const projects = repositories.map(({ project }) => project);
  return explainFilters(config.filters, { repositories, projects, complete: true });
}

it('what was perhaps meant is in the projects that are named, too', () => {
  const filters = { projects: ['WEB'], repositories: ['WEB/backendd'] };
  expect(explained(filters, ['WEB/site', 'MOB/backend'])).toBe(
    'The filter repositories (WEB/backendd) matches none of them. Visible in WEB are, for example: WEB/site. Correct the filter, or leave it empty to read everything.',
  );
  expect(explained(filters, ['WEB/site', 'MOB/backend', 'WEB/backend'])).toContain('Did you mean WEB/backend?');
  expect(explained({ repositories: ['WEB/backendd'] }, ['WEB/site', 'WEB/backend'])).toContain('Did you mean WEB/backend?');
});
