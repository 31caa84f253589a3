import type { Bitbucket } from '../bitbucket/api/bitbucket';
import type { BuildCounters, RestBranch, RestRepository } from '../bitbucket/api/payloads';
import type { RepositoryApi } from '../bitbucket/api/repository-api';
import { readCounters } from '../sync/watch/build-counters';
import { counted } from '../text/counted';
import { isAvailable, nameOf } from './candidates';
import { guarded } from './guarded';
import { ok, type Step, warning } from './step';
import { type Examined, okBut, tryRepositories } from './try-each';

interface Tip {
  /** Null: there is none. */
  readonly commit: string | null;
  /** Of the repository. */
  readonly name: string;
}

/** Whether branches, tags, commits and builds may be read, tried on the first repository that answers. */
export async function* examineHistory({ config, bitbucket, diagnose, candidates }: Examined): AsyncGenerator<Step> {
  if (!candidates.first.some(isAvailable)) return;
  const known = new Map<number, RestBranch | null>();
  const firstBranch = async (api: RepositoryApi, { id }: RestRepository): Promise<RestBranch | null> => {
    if (!known.has(id)) known.set(id, (await firstPage(api.branches()))[0] ?? null);
    return known.get(id) ?? null;
  };
  yield* guarded('branches', diagnose, async function* () {
    const { found, troubles } = await tryRepositories(bitbucket, candidates, firstBranch);
    if (found === null) return;
    const name = nameOf(found.thing);
    const some = found.answer === null ? `; ${name} is empty` : `, such as ${found.answer.displayId} of ${name}`;
    yield okBut('branches', `may be listed${some}`, troubles, config);
  });
  yield* guarded('tags', diagnose, async function* () {
    const { found, troubles } = await tryRepositories(bitbucket, candidates, async (api) => (await firstPage(api.tags()))[0]);
    if (found === null) return;
    const name = nameOf(found.thing);
    const some = found.answer === undefined ? `; ${name} has no tags` : `, such as ${found.answer.displayId} of ${name}`;
    yield okBut('tags', `may be listed${some}`, troubles, config);
  });
  let tip: Tip | null = null;
  yield* guarded('commits', diagnose, async function* () {
    const { found, troubles } = await tryRepositories(bitbucket, candidates, async (api, repository) => {
      const branch = await firstBranch(api, repository);
      return branch === null ? null : await api.newestCommit(branch.latestCommit);
    });
    if (found === null) return;
    const [name, commit] = [nameOf(found.thing), found.answer];
    tip = { name, commit: commit?.id ?? null };
    const finding = commit === null ? `${name} has no commits` : `may be read, such as ${commit.id.slice(0, 12)} of ${name}`;
    yield okBut('commits', finding, troubles, config);
  });
  yield* guarded('builds', diagnose, async function* () {
    const { commit, name } = tip ?? tipIn(candidates.first, known);
    if (commit === null) yield ok('builds', `${name} has no commit to ask about`);
    else yield* buildsStep(bitbucket, commit, name);
  });
}

/** A commit to ask about, where none could be read. */
function tipIn(repositories: readonly RestRepository[], known: ReadonlyMap<number, RestBranch | null>): Tip {
  const tips = repositories.map((each) => ({ name: nameOf(each), commit: known.get(each.id)?.latestCommit ?? null }));
  return tips.find(({ commit }) => commit !== null) ?? { name: repositories.map(nameOf).join(', '), commit: null };
}

function totalOf({ successful, failed, inProgress, cancelled, unknown }: BuildCounters): number {
  return successful + failed + inProgress + cancelled + unknown;
}

async function* buildsStep(bitbucket: Bitbucket, tip: string, name: string): AsyncGenerator<Step> {
  let count = 0;
  const outcome = await readCounters([tip], {
    bitbucket,
    width: 1,
    isAskedAlone: () => true,
    take: (_, counters) => (count = counters === undefined ? 0 : totalOf(counters)),
    onFailure: () => undefined,
  });
  const commit = tip.slice(0, 12);
  if (outcome.kind === 'none')
    yield warning(
      'builds',
      `The server tells no build statuses (${outcome.error.message})`,
      'It is too old, they are switched off, or the account may not see them: the stream builds would have no rows.',
    );
  else yield ok('builds', `may be read: commit ${commit} of ${name} has ${counted(count, 'build')}`);
}

export async function firstPage<T>(pages: AsyncIterable<readonly T[]>): Promise<readonly T[]> {
  for await (const page of pages) return page;
  return [];
}
