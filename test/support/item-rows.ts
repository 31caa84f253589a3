import type { RestPullRequest } from '../../src/bitbucket/api/payloads';
import type {
  ItemReference,
  ItemStream,
  PullRequestStream,
  RepositoryApi,
  RepositoryReference,
  Row,
} from '../../src/streams/stream';

/** The rows of an item of a stream whose rows cost requests; what is not in `answers` must not be asked for. */
export async function rowsOf<Reference extends ItemReference>(
  { source }: ItemStream<never, Reference>,
  item: Reference,
  repository: RepositoryReference,
  answers: Partial<RepositoryApi>,
): Promise<Row[]> {
  if (source.from === 'entry') throw new Error('its rows come from entries');
  const rows: Row[] = [];
  for await (const page of source.rows(item, { ...answers, repository } as RepositoryApi)) rows.push(...page);
  return rows;
}

/** The row of a stream that takes it from the list entry. */
export function rowOfEntry({ source }: PullRequestStream, listed: RestPullRequest, repository: RepositoryReference): Row {
  if (source.from === 'requests') throw new Error('its rows cost requests');
  const row = source.row(listed, repository);
  if (row === null) throw new Error('its entries are only remembered');
  return row;
}
