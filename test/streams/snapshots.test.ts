import { streams } from '../../src/streams';
import { projects } from '../../src/streams/projects';
import { repositories } from '../../src/streams/repositories';
import { users } from '../../src/streams/users';
import { schemaOf, violations } from '../support/schemas';
import { STREAMS } from '../support/connector';

const NOW = '2026-08-19T17:27:55.266Z';
const complete = (row: object) => ({ ...row, changed_at: NOW, deleted_at: null });

it('the list of streams is the catalog’s, each with the columns of its schema', () => {
  expect(streams.map(({ name }) => name)).toEqual(STREAMS);
  for (const { name, columns, primaryKey, cursor } of streams) {
    expect(columns).toEqual(Object.keys(schemaOf(name).properties ?? {}));
    expect(columns).toEqual(expect.arrayContaining([...primaryKey, cursor, 'deleted_at']));
  }
});

const project = { id: 1, key: 'PLAT', name: 'Platform', public: false, type: 'NORMAL', links: { self: [{ href: 'x' }] } };
const repository = {
  id: 3,
  slug: 'api',
  name: 'API',
  hierarchyId: 'h',
  scmId: 'git',
  state: 'AVAILABLE',
  statusMessage: 'Available',
  forkable: true,
  public: false,
  archived: false,
  project,
  links: { clone: [] },
  origin: { id: 2 },
};
const user = {
  id: 7,
  name: 'jane',
  slug: 'jane',
  emailAddress: 'jane@example.com',
  displayName: 'Jane',
  active: true,
  type: 'NORMAL',
  directoryName: 'Internal',
  links: {},
};

describe('a row', () => {
  it('of a project, a repository and a user has every column', () => {
    expect(violations('projects', [complete(projects.row(project))])).toEqual([]);
    expect(violations('repositories', [complete(repositories.row(repository))])).toEqual([]);
    expect(violations('users', [complete(users.row(user))])).toEqual([]);
    expect(repositories.row(repository)).toMatchObject({
      project_id: 1,
      project_key: 'PLAT',
      full_name: 'PLAT/api',
      hierarchy_id: 'h',
      origin_id: 2,
    });
    expect(users.row(user)).toMatchObject({
      display_name: 'Jane',
      email_address: 'jane@example.com',
      directory_name: 'Internal',
    });
  });

  it('has null where a version, a permission or a personal project leaves something out', () => {
    const personal = projects.row({ id: 2, key: '~jane', type: 'PERSONAL', owner: user });
    expect(violations('projects', [complete(personal)])).toEqual([]);
    expect(personal).toMatchObject({ public: null, name: null, owner: { id: 7 } });
    const bare = repositories.row({ id: 3, slug: 'api', project });
    expect(violations('repositories', [complete(bare)])).toEqual([]);
    expect(bare).toMatchObject({ archived: null, hierarchy_id: null, origin_id: null });
    expect(violations('users', [complete(users.row({ id: 7 }))])).toEqual([]);
  });
});

describe('the fingerprint of a row', () => {
  it('tells every column but descriptive copies', () => {
    const fingerprint: typeof repositories.fingerprint = (row) => repositories.fingerprint(row);
    const row = repositories.row(repository);
    for (const column of repositories.columns) {
      const changed = fingerprint({ ...row, [column]: 'changed' }) !== fingerprint(row);
      expect({ column, changed }).toEqual({
        column,
        changed: !['project_key', 'default_branch', 'links', 'changed_at', 'deleted_at'].includes(column),
      });
    }
    expect(users.fingerprint({ ...users.row(user), active: false })).not.toBe(users.fingerprint(users.row(user)));
    expect(users.fingerprint({ ...users.row(user), links: null })).toBe(users.fingerprint(users.row(user)));
    expect(projects.fingerprint({ ...projects.row(project), public: true })).not.toBe(
      projects.fingerprint(projects.row(project)),
    );
  });

  it('does not see the name of a personal project’s owner, which is the user’s own', () => {
    const owned = (displayName: string) =>
      projects.fingerprint(projects.row({ id: 2, key: '~jane', owner: { ...user, displayName } }));
    expect(owned('Jane')).toBe(owned('Jane Doe'));
  });
});

it('is asked for again by key, by KEY/slug and by slug', () => {
  expect([
    projects.addressOf(project),
    repositories.addressOf(repository),
    users.addressOf(user),
    users.addressOf({ id: 7 }),
  ]).toEqual(['PLAT', 'PLAT/api', 'jane', '7']);
});
