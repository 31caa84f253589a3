import { fingerprint } from './fingerprint';
import type { SnapshotStream } from './stream';

/** What has a usual value in most snapshot streams. */
type Usual = 'kind' | 'primaryKey' | 'cursor' | 'fingerprint' | 'everything' | 'isListed';

/** What makes a snapshot stream; the fingerprint covers all columns but those named as descriptive copies. */
export function snapshotStream<Source extends { readonly id: number }>(
  definition: Omit<SnapshotStream<Source>, Usual> &
    Partial<Pick<SnapshotStream<Source>, 'everything' | 'isListed'>> & { readonly descriptive: readonly string[] },
): SnapshotStream<Source> {
  const { descriptive, ...stream } = definition;
  const telling = stream.columns.filter((column) => ![...descriptive, 'changed_at', 'deleted_at'].includes(column));
  return {
    kind: 'snapshot',
    primaryKey: ['id'],
    cursor: 'changed_at',
    everything: () => null,
    isListed: () => true,
    fingerprint: (row) => fingerprint(telling.map((column) => row[column] ?? null)),
    ...stream,
  };
}
