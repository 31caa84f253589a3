import {
  describeFilters,
  type Filters,
  namedPersonalProjects,
  namedProjects,
  parseProjectPattern,
  parseRepositoryPattern,
  selectsProject,
  selectsRepository,
} from '../../src/config/filters';

const filters = (projects: string[] = [], repositories: string[] = [], over: Partial<Filters> = {}): Filters => ({
  projects: projects.map(parseProjectPattern),
  repositories: repositories.map(parseRepositoryPattern),
  includePersonalProjects: false,
  includeArchived: true,
  ...over,
});

/** A few repositories, and which of them filters select. */
const ALL = ['PLAT/api', 'PLAT/api-docs', 'PLAT/legacy-1', 'OPS/api', 'PLATFORM/api', '~jdoe/notes', '~admin/api'];
const selected = (given: Filters) =>
  ALL.filter((name) => selectsRepository(given, ...(name.split('/') as [string, string]), false));
const KEYS = ['PLAT', 'OPS', 'PLATFORM', '~jdoe', '~admin'];
const projects = (given: Filters) => KEYS.filter((key) => selectsProject(given, key));
const NORMAL = ALL.filter((name) => !name.startsWith('~'));

it.each<[name: string, given: Filters, repositories: string[], projects: string[]]>([
  ['nothing: all but what is personal', filters(), NORMAL, ['PLAT', 'OPS', 'PLATFORM']],
  [
    'a project, in another case, which is not the beginning of a longer key',
    filters(['plat']),
    ['PLAT/api', 'PLAT/api-docs', 'PLAT/legacy-1'],
    ['PLAT'],
  ],
  ['a wildcard', filters(['PLAT*']), NORMAL.filter((name) => name.startsWith('PLAT')), ['PLAT', 'PLATFORM']],
  ['a wildcard for everything, which names no personal project', filters(['*']), NORMAL, ['PLAT', 'OPS', 'PLATFORM']],
  ['a personal project by name', filters(['~JDoe']), ['~jdoe/notes'], ['~jdoe']],
  ['personal projects by wildcard', filters(['~*']), ['~jdoe/notes', '~admin/api'], ['~jdoe', '~admin']],
  ['personal projects by the flag', filters([], [], { includePersonalProjects: true }), ALL, KEYS],
  ['the flag and a project: the project alone', filters(['OPS'], [], { includePersonalProjects: true }), ['OPS/api'], ['OPS']],
  ['a repository, which is not the beginning of a longer slug', filters([], ['plat/API']), ['PLAT/api'], ['PLAT']],
  ['a slug in all projects', filters([], ['*/api']), ['PLAT/api', 'OPS/api', 'PLATFORM/api'], ['PLAT', 'OPS', 'PLATFORM']],
  ['a wildcard within a slug', filters([], ['PLAT/*-*']), ['PLAT/api-docs', 'PLAT/legacy-1'], ['PLAT']],
  [
    'an exclusion: all others',
    filters([], ['!PLAT/legacy-*']),
    NORMAL.filter((name) => name !== 'PLAT/legacy-1'),
    ['PLAT', 'OPS', 'PLATFORM'],
  ],
  [
    'an exclusion of a whole project, which is then not there either',
    filters([], ['!PLAT/*']),
    ['OPS/api', 'PLATFORM/api'],
    ['OPS', 'PLATFORM'],
  ],
  ['some less others, in either order', filters([], ['!*/api-*', 'PLAT/*']), ['PLAT/api', 'PLAT/legacy-1'], ['PLAT']],
  ['projects and repositories: both must match', filters(['PLAT', 'OPS'], ['*/api']), ['PLAT/api', 'OPS/api'], ['PLAT', 'OPS']],
  ['a personal repository by name', filters([], ['~jdoe/*']), ['~jdoe/notes'], ['~jdoe']],
  ['an exclusion of a personal project, which names none', filters([], ['!~jdoe/*']), NORMAL, ['PLAT', 'OPS', 'PLATFORM']],
  ['characters that mean something in patterns of other kinds', filters([], ['PL.T/api', 'PLAT/ap?', 'PLAT/(api)']), [], []],
])('select by %s', (_name, given, repositories, keys) => {
  expect(selected(given)).toEqual(repositories);
  expect(projects(given).filter((key) => keys.includes(key))).toEqual(keys);
  if (repositories.length > 0) expect(projects(given)).toEqual(keys);
});

it('leave archived repositories out only where they are told to, and where the version knows of them', () => {
  const without = filters([], [], { includeArchived: false });
  expect([true, false, null].map((archived) => selectsRepository(without, 'PLAT', 'api', archived))).toEqual([false, true, true]);
  expect(selectsRepository(filters(), 'PLAT', 'api', true)).toBe(true);
});

it('name personal projects that no list holds, unless by wildcard', () => {
  expect(namedPersonalProjects(filters(['~jdoe', '~a*', 'PLAT']))).toEqual(['~jdoe']);
});

it.each<[given: Filters, keys: string[] | null]>([
  [filters(), null],
  [filters(['PLAT', 'plat', 'OPS']), ['plat', 'OPS']],
  [filters(['PLAT', 'O*']), null],
  [filters([], ['PLAT/api', 'PLAT/x-*', 'OPS/*']), ['PLAT', 'OPS']],
  [filters([], ['*/api']), null],
  [filters([], ['!PLAT/api']), null],
  [filters(['PLAT'], ['*/api']), ['PLAT']],
])('name the projects that must be asked for, where they are named outright (%#)', (given, keys) => {
  expect(namedProjects(given)).toEqual(keys);
});

it('are described as they were written', () => {
  const given = filters(['PLAT*'], ['!PLAT/x'], { includeArchived: false });
  expect(describeFilters(given)).toBe(
    'projects: PLAT*; repositories: !PLAT/x; include_personal_projects: false; include_archived: false',
  );
});

it.each(['', ' ', 'PLAT/api', '!PLAT'])('%j is no project', (text) => {
  expect(() => parseProjectPattern(text)).toThrow(/^must be a project key/);
});

it.each(['', 'api', '/api', 'PLAT/', 'PLAT/api/src', '!', '!api', '!!PLAT/api', '*'])('%j is no repository', (text) => {
  expect(() => parseRepositoryPattern(text)).toThrow(
    /^must be a project key, a slash and a slug, .*; without repositories all are read\.$/,
  );
});
