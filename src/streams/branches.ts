import type { BranchRecord } from '../generated/branches';
import { digitsOf, refsStream } from './history/refs-stream';

type Told = Pick<BranchRecord, 'is_default' | 'commit_id'>;

/** The branches, all of them, from the one list of them that each sync takes of a repository. */
export const branches = refsStream({
  name: 'branches',
  prefix: 'refs/heads/',
  requestKinds: ['branches'],
  readsBranches: true,
  list: async (_, refs) =>
    (await refs.branches()).map(({ name, commitId, isDefault }) => ({
      name,
      digits: digitsOf(commitId) + (isDefault ? '*' : ''),
      row: { is_default: isDefault, commit_id: commitId } satisfies Told,
    })),
  gone: (_, refs, names) => refs.gone(names),
});
