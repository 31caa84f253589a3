import { saysNoneInRepository } from '../bitbucket/missing';
import type { RestTag } from '../bitbucket/api/payloads';
import type { TagRecord } from '../generated/tags';
import { proveGone } from './history/prove-gone';
import { digitsOf, refsStream } from './history/refs-stream';
import type { RepositoryApi } from './stream';

type Told = Pick<TagRecord, 'commit_id' | 'tag_hash' | 'annotated'>;

/** The tags, from one list of them per repository and sync. Bitbucket tells neither who made one, nor when. */
export const tags = refsStream({
  name: 'tags',
  prefix: 'refs/tags/',
  requestKinds: ['tags', 'tag'],
  readsBranches: false,
  list: async (api) =>
    (await tagsOf(api)).map(({ displayId, latestCommit, hash }) => ({
      name: displayId,
      // An annotated tag's own id stands for the commit as well; the mark tells the two kinds of id apart.
      digits: hash === null ? digitsOf(latestCommit) : `${digitsOf(hash)}^`,
      row: { commit_id: latestCommit, tag_hash: hash, annotated: hash !== null } satisfies Told,
    })),
  gone: (api, _, names, isEmpty) =>
    proveGone({
      ...{ what: 'tags', repository: api.repository.fullName, names, isEmpty },
      exists: (name) => exists(api, name),
      listAgain: async () => new Set((await tagsOf(api)).map(({ displayId }) => displayId)),
    }),
});

async function tagsOf(api: RepositoryApi): Promise<RestTag[]> {
  const listed: RestTag[] = [];
  for await (const page of api.tags()) listed.push(...page);
  return listed;
}

/** Only the tag's own 404 says that there is none: a repository that is not found says nothing of it. */
async function exists(api: RepositoryApi, name: string): Promise<boolean> {
  try {
    await api.tag(name);
    return true;
  } catch (error) {
    if (saysNoneInRepository(error)) return false;
    throw error;
  }
}
