import { repositories } from '../streams/repositories';
import type { SyncContext } from './context';
import { repositoriesPart } from './repository/repositories-part';
import { readSnapshot } from './snapshots/snapshot-part';
import { allBelow, type Below, type Selected, type SelectedSnapshot } from './selected';

/** What is read together, beside other parts; what goes wrong in one is the end of its streams alone. */
export interface Part {
  readonly streams: readonly string[];
  readonly run: (context: SyncContext) => Promise<void>;
  /** It lists the repositories, which tells whether the states are those of another server. @default false */
  readonly isPartOfRepositories?: boolean;
}

/**
 * Divides the selected streams into parts: each snapshot by itself, and everything that is read repository by repository together with the
 * list of repositories.
 * @throws Error where a stream is in no part, or in several: it would be COMPLETE without having been read
 */
export function partsOf(selected: readonly Selected[]): Part[] {
  const snapshots = selected.filter((each) => each.kind === 'snapshot');
  const rows = snapshots.find(({ stream }) => stream.name === repositories.name);
  const watch = selected.filter((each) => each.kind === 'watch');
  const below: Below = {
    watch,
    pullRequests: [...selected.filter((each) => each.kind === 'pull requests'), ...watch.map(({ heads }) => heads)],
    repositoryStreams: [...selected.filter((each) => each.kind === 'repository'), ...watch.map(({ commits }) => commits)],
  };
  const parts = [
    ...snapshots.filter((each) => each !== rows).map(snapshotPart),
    ...(rows === undefined && allBelow(below).length === 0 ? [] : [partOfRepositories(rows, below)]),
  ];
  assertEachOnce(selected, parts);
  return parts;
}

function snapshotPart(selected: SelectedSnapshot): Part {
  return { streams: [selected.stream.name], run: (context) => readSnapshot(context, selected) };
}

function partOfRepositories(rows: SelectedSnapshot | undefined, below: Below): Part {
  return {
    isPartOfRepositories: true,
    streams: [...(rows === undefined ? [] : [rows]), ...allBelow(below)].map(({ stream }) => stream.name),
    run: (context) => repositoriesPart(context, rows, below),
  };
}

/** Whether each selected stream is read, and by one part. @throws Error */
export function assertEachOnce(selected: readonly Pick<Selected, 'stream'>[], parts: readonly Pick<Part, 'streams'>[]): void {
  for (const { stream } of selected) {
    const readBy = parts.filter(({ streams }) => streams.includes(stream.name)).length;
    if (readBy !== 1) throw new Error(`The stream ${stream.name} is read by ${readBy} parts of the sync, instead of by one`);
  }
}
