import type { PullRequestStream, RepositoryApi, Row } from '../../streams/stream';
import type { Tracker } from './tracker';

/** What reading pull requests needs from the sync it is part of. */
export interface PassContext {
  readonly api: RepositoryApi;
  readonly width: number;
  readonly now: () => number;
  readonly emit: (stream: PullRequestStream, row: Row) => Promise<void> | undefined;
  /** A pull request was read for this stream. */
  readonly onRead: (stream: PullRequestStream) => void;
  /** One could not be: it is pending. */
  readonly onPending: (tracker: Tracker, id: number, error: Error) => void;
  readonly log: (level: 'INFO' | 'WARN', message: string) => void;
}

/** Says that what the rows of a pull request are made of is lost on the server. */
export function sayLost({ api, log }: PassContext, stream: PullRequestStream, id: number, error: Error): void {
  const what = `pull request ${id} of ${api.repository.fullName}`;
  log('INFO', `${stream.name}: ${what} is left out until it changes, for the server has lost its commits: ${error.message}`);
}
