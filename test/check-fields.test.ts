import type { RouteName } from './simulator/routes';
import { type Company, startCompany } from './sync/support/company';
import { EVERY_STREAM } from './sync/support/connection';

/*
 * No field that is null, missing or of another type stops more than its own item: whatever is wrong in each entry of one list, the sync
 * ends in words, nothing that lives gets a tombstone, and the streams that are not concerned are complete.
 */
const FIELDS: readonly (readonly [route: RouteName, fields: readonly string[]])[] = [
  ['projects', ['id', 'key', 'name', 'links', 'public']],
  ['repositories', ['id', 'slug', 'project', 'project.key', 'hierarchyId', 'state', 'links', 'name']],
  ['admin-users', ['id', 'slug', 'name', 'links', 'active']],
  [
    'pull-requests',
    [
      'id',
      'version',
      'title',
      'state',
      'updatedDate',
      'createdDate',
      'author',
      'author.user',
      'reviewers',
      'participants',
      'fromRef',
      'fromRef.repository',
      'toRef',
      'toRef.repository',
      'properties',
      'links',
    ],
  ],
  ['activities', ['id', 'action', 'createdDate', 'user', 'comment', 'commentAnchor', 'added']],
  ['pull-request-commits', ['id', 'author', 'committer', 'committerTimestamp', 'message', 'parents']],
  ['branches', ['id', 'displayId', 'latestCommit', 'isDefault']],
  ['commits', ['id', 'author', 'committer', 'committerTimestamp', 'message', 'parents']],
];

let company: Company;
beforeEach(async () => {
  company = await startCompany();
});
afterEach(async () => {
  await company.simulator.stop();
});

describe.each(FIELDS)('in each entry of %s', (route, fields) => {
  const spoilt = [
    ['null', { value: null }],
    ['missing', { absent: true }],
    ['of another type', { value: { other: ['type'] } }],
  ] as const;
  it.each(fields.flatMap((field) => spoilt.map(([how, fault]) => [field, how, fault] as const)))(
    '%s is %s',
    async (field, _, fault) => {
      const { simulator } = company;
      const connection = company.connect();
      const spoiling = simulator.faults.add({ kind: 'field', route, field, ...fault });
      const result = await connection.sync({ streams: EVERY_STREAM });
      expect(spoiling.struck).toBeGreaterThan(0);
      for (const { message } of result.errors)
        expect(message).not.toMatch(/undefined|Cannot read|is not a function|is not iterable/);
      const rows = Object.values(result.records).flat();
      expect(rows.filter((row) => row.deleted_at !== null)).toEqual([]);
      // Who is not concerned is read.
      const unconcerned =
        route === 'admin-users' || route === 'activities' || route === 'pull-request-commits' ? 'repositories' : 'users';
      expect(result.statuses[unconcerned]).toBe('COMPLETE');
    },
  );
});
