import type { Tag } from '../git/git';
import type { Commit } from '../model';
import type { Document } from './json';
import type { InstanceDocuments } from './instance';

/** A branch as lists show it; `flag` is the field that says which is the default. */
export const branchDocument = (
  instance: InstanceDocuments,
  name: string,
  { id }: Commit,
  flag: 'isDefault' | 'default',
  isDefault: boolean,
): Document => ({ ...refDocument('heads', name, id), [flag]: isDefault, ...instance.extra('branch') });

/** A tag; a lightweight one has no hash of its own. */
export const tagDocument = (instance: InstanceDocuments, name: string, { commit, hash }: Tag): Document => ({
  ...refDocument('tags', name, commit.id),
  hash,
  ...instance.extra('tag'),
});

const refDocument = (kind: 'heads' | 'tags', name: string, commit: string): Document => ({
  id: `refs/${kind}/${name}`,
  displayId: name,
  type: kind === 'heads' ? 'BRANCH' : 'TAG',
  latestCommit: commit,
  latestChangeset: commit,
});
