import { ok, refusals, type Answer } from '../answers';
import { commitDocument } from '../documents/commits';
import type { Log } from '../git/commit-graph';
import type { Commit, Repository } from '../model';
import { page, pageOfLog } from '../paging';
import type { Call } from '../routes';
import { fullName } from '../world';
import { findAvailable } from './access';
import { counts } from './pull-requests';

/** What `until` reaches and `since` does not, each an id or a ref; the default branch where nothing is said. */
export const commits = (call: Call): Answer => {
  const { query, context } = call;
  const repository = findAvailable(call);
  const { features } = context.world;
  const lenient = query.get('ignoreMissing') === 'true';
  const until = textOf(query, 'until');
  const tip = until === undefined ? defaultTip(repository, features.missingDefault) : named(repository, until, lenient);
  if (tip === undefined) return ok(page([], query, call.paging('commits'), () => null));
  const since = textOf(query, 'since');
  const log = repository.git.log(tip, since === undefined ? undefined : named(repository, since, lenient));
  const render = (commit: Commit): unknown => commitDocument(context.instance, commit, features.fullParents);
  const merges = query.get('merges')?.toLowerCase();
  const wanted = merges === 'exclude' || merges === 'only' ? withMerges(log, merges === 'only') : undefined;
  const body =
    wanted === undefined
      ? pageOfLog(log, query, call.paging('commits'), render)
      : page(wanted, query, call.paging('commits'), render);
  return ok(query.get('withCounts') === 'true' ? { ...body, ...counts(wanted ?? log.all()) } : body);
};

/** By id, also that of an annotated tag. */
export const commit = (call: Call): Answer => {
  const repository = findAvailable(call);
  const found = named(repository, call.parameters[2] ?? '', false);
  return ok(commitDocument(call.context.instance, found!, true));
};

const textOf = (query: URLSearchParams, name: string): string | undefined => {
  const value = query.get(name);
  return value === null || value === '' ? undefined : value;
};

const defaultTip = (repository: Repository, manner: 'names-it' | 'says-none'): Commit => {
  const { tip, head } = repository.git;
  if (tip === undefined) throw refusals.noDefaultBranch(fullName(repository), manner === 'names-it' ? head : undefined);
  return tip;
};

const named = ({ git, slug }: Repository, name: string, lenient: boolean): Commit | undefined => {
  const found = git.resolve(name);
  if (found === undefined && !lenient) throw refusals.noSuchCommit(name, slug);
  return found;
};

const withMerges = (log: Log, only: boolean): readonly Commit[] => log.all().filter(({ parents }) => parents.length > 1 === only);
