import { buildsOf } from '../documents/builds';
import { reachable } from '../git/commit-graph';
import type { Build, Repository } from '../model';
import { fullName, type World } from '../world';
import type { Row } from '../truth';
import { readTips } from './commits';
import type { Selection } from './filter';
import { instant } from './nested';

const DAY = 86_400_000;
const TEN_MINUTES = 600_000;

/** Rows of `builds` of one repository: of the commits that are watched at this moment. */
export function* buildRows(world: World, repository: Repository, selection: Selection): Generator<Row> {
  for (const commit of watched(world, repository, selection)) {
    for (const build of buildsOf(world, commit)) yield buildRow(world, repository, commit, build, selection);
  }
}

/** Tips of branches that are read, heads of open pull requests, and what the lookback holds: commits by their date, heads by their pull request's. */
const watched = (world: World, repository: Repository, selection: Selection): Set<string> => {
  const since = world.now() - Math.max(selection.lookbackDays * DAY, TEN_MINUTES);
  const tips = readTips(repository, selection);
  const found = new Set(tips.map(({ id }) => id));
  for (const { id, committerDate } of reachable(tips))
    if (committerDate >= since && selection.since(committerDate)) found.add(id);
  for (const id of repository.pullRequests.ids('ALL')) {
    const pullRequest = repository.pullRequests.get(id)!;
    const { state, updatedDate, from } = pullRequest;
    if (selection.pullRequest(pullRequest) && (state === 'OPEN' || updatedDate >= since)) found.add(from.commit);
  }
  return found;
};

const buildRow = (world: World, repository: Repository, commit: string, build: Build, selection: Selection): Row => {
  const { key, name, state, url, description, updatedDate, tests } = build;
  const rich = selection.buildDetails && world.features.richBuilds && build.repository === repository;
  const environment = selection.environmentOf(key, name);
  return {
    repository_id: repository.id,
    commit_id: commit,
    key,
    repository_full_name: fullName(repository),
    name: name ?? null,
    state,
    url,
    description: description ?? null,
    date_added: instant(updatedDate),
    build_number: (rich ? build.number : undefined) ?? null,
    ref: (rich ? build.ref : undefined) ?? null,
    parent: (rich ? build.parent : undefined) ?? null,
    created_date: rich ? instant(build.createdDate) : null,
    updated_date: rich ? instant(updatedDate) : null,
    duration_ms: (rich ? build.duration : undefined) ?? null,
    tests_successful: (rich ? tests?.successful : undefined) ?? null,
    tests_failed: (rich ? tests?.failed : undefined) ?? null,
    tests_skipped: (rich ? tests?.skipped : undefined) ?? null,
    is_deployment: environment !== undefined,
    environment: environment ?? null,
    deleted_at: null,
  };
};
