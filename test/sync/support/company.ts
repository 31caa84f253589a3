import { Simulator, type SimulatorOptions } from '../../simulator';
import { Clock, DAY, HOUR } from './clock';
import { Connection, type SyncResult } from './connection';

/** A small server whose every row has a known key, and the references to what is on it. */
export interface Company {
  readonly simulator: Simulator;
  readonly history: Simulator['history'];
  readonly clock: Clock;
  readonly connect: (config?: object) => Connection;
}

export const [ANN, BEN, CEM] = [3, 4, 5] as const;
/** In ACME. */
export const APP = 1;
/** In LIB, with the same slug; a fork of `APP` lies beside it. */
export const [OTHER, FORK] = [2, 3] as const;
/** Pull requests of `APP`: one under review, one that was merged a day ago, an open one and a closed one of two months ago, one declined. */
export const REVIEW = { repositoryId: APP, id: 1 };
export const MERGED = { repositoryId: APP, id: 2 };
export const OLD_OPEN = { repositoryId: APP, id: 3 };
export const OLD_CLOSED = { repositoryId: APP, id: 4 };
export const DECLINED = { repositoryId: APP, id: 5 };
/** Comes from the fork. */
export const FORKED = { repositoryId: OTHER, id: 1 };
/** Comments and a task of `REVIEW`. */
export const [GENERAL, INLINE, TASK] = [1, 2, 3] as const;

/** Starts the server; what is called old lies two months back. */
export async function startCompany(options: SimulatorOptions = {}): Promise<Company> {
  const clock = new Clock();
  const simulator = await Simulator.start({ dataset: 'empty', clock: clock.now, ...options });
  const { history } = simulator;
  const [old, recent] = [clock.now() - 60 * DAY, clock.now() - DAY];
  for (const name of ['ann', 'ben', 'cem']) history.createUser({ name });
  history.createProject({ key: 'ACME' });
  history.createProject({ key: 'LIB' });
  history.createRepository('ACME', { slug: 'app' });
  history.createRepository('LIB', { slug: 'app' });
  history.forkRepository(APP, 'LIB', { slug: 'fork' });
  history.createPullRequest(APP, { author: ANN, reviewers: [BEN], at: recent });
  history.merge(history.createPullRequest(APP, { author: BEN, at: recent }), { at: recent + HOUR });
  history.createPullRequest(APP, { author: CEM, at: old });
  history.merge(history.createPullRequest(APP, { author: ANN, at: old, to: 'release' }), { at: old + HOUR });
  history.decline(history.createPullRequest(APP, { author: ANN, at: recent }), { at: recent + 2 * HOUR });
  history.createPullRequest(OTHER, { author: BEN, fromRepository: FORK, at: recent });
  history.comment(REVIEW, { user: CEM, at: recent + HOUR });
  history.inlineComment(REVIEW, { user: BEN, at: recent + HOUR });
  history.addTask(REVIEW, { user: BEN, at: recent + HOUR });
  return { simulator, history, clock, connect: (config = {}) => new Connection(simulator, clock, config) };
}

/** What a sync emitted, a line each: rows by key, activities and commits by the pull request they belong to, tombstones marked. */
export function emitted({ records }: SyncResult): string[] {
  const lines = new Set<string>();
  for (const [stream, rows] of Object.entries(records)) {
    for (const row of rows) {
      const gone = row.deleted_at === null ? '' : ' deleted';
      if (stream === 'pull_request_activities')
        lines.add(gone === '' ? `activities of ${row.repository_id}/${row.pull_request_id}` : `activity ${row.id} deleted`);
      else if (stream === 'pull_request_diffs') lines.add(`diff ${row.repository_id}/${row.pull_request_id}${gone}`);
      else if (stream === 'pull_request_commits')
        lines.add(`${gone === '' ? 'commits' : 'a commit'} of ${row.repository_id}/${row.pull_request_id}${gone}`);
      else if (stream === 'pull_requests') lines.add(`pull request ${row.repository_id}/${row.id}${gone}`);
      else lines.add(`${stream.slice(0, -1).replace('repositorie', 'repository')} ${row.id}${gone}`);
    }
  }
  return [...lines].sort();
}
