import { type Bitbucket, referenceOf } from '../bitbucket/api/bitbucket';
import type { BitbucketError } from '../bitbucket/errors';
import type { BuildCounters, RestRepository } from '../bitbucket/api/payloads';
import { counted } from '../text/counted';
import { readCounters } from '../sync/watch/build-counters';
import { isAvailable, nameOf } from './candidates';
import type { Diagnosis } from './diagnosis';
import { guarded } from './guarded';
import { ok, type Step, warning } from './step';

/** Whether branches, tags, commits and builds may be read, tried on the first repository that is available. */
export async function* examineHistory(
  bitbucket: Bitbucket,
  diagnose: (error: BitbucketError) => Diagnosis,
  repositories: readonly RestRepository[],
): AsyncGenerator<Step> {
  const repository = repositories.find(isAvailable);
  if (repository === undefined) return;
  const [api, name] = [bitbucket.of(referenceOf(repository)), nameOf(repository)];
  let tip: string | null = null;
  yield* guarded('branches', diagnose, async function* () {
    const [branch] = await firstPage(api.branches());
    tip = branch?.latestCommit ?? null;
    yield ok(
      'branches',
      branch === undefined ? `may be listed; ${name} is empty` : `may be listed, such as ${branch.displayId} of ${name}`,
    );
  });
  yield* guarded('tags', diagnose, async function* () {
    const [tag] = await firstPage(api.tags());
    yield ok(
      'tags',
      tag === undefined ? `may be listed; ${name} has no tags` : `may be listed, such as ${tag.displayId} of ${name}`,
    );
  });
  yield* guarded('commits', diagnose, async function* () {
    const commit = tip === null ? null : await api.newestCommit(tip);
    yield ok('commits', commit === null ? `${name} has no commits` : `may be read, such as ${commit.id.slice(0, 12)} of ${name}`);
  });
  yield* guarded('builds', diagnose, async function* () {
    if (tip === null) yield ok('builds', `${name} has no commit to ask about`);
    else yield* buildsStep(bitbucket, tip, name);
  });
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
