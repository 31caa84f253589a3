import type { RestPullRequest } from '../../bitbucket/api/payloads';
import { text } from '../documents';
import type { Described, PullRequestStream } from '../stream';

/** The head of a pull request, as far as it matters to who watches it. */
export interface Head {
  /** 40 hex digits. */
  readonly commitId: string;
  /** Last update of a closed pull request, in epoch milliseconds; null: it is open. */
  readonly closedAt: number | null;
}

const OPEN = 'o';
const CLOSED = 'c';

/**
 * Remembers the heads of pull requests that are open or were closed within the lookback, and writes no rows: what is remembered of an
 * entry is its head itself, see {@link parseHead}.
 */
export function headsOf(described: Described): PullRequestStream {
  return {
    ...{ ...described, kind: 'item', of: 'pull requests' },
    requestKinds: ['pull-requests', 'pull-request'],
    fingerprint: printHead,
    source: { from: 'entry', row: () => null },
  };
}

function printHead({ open, fromRef, updatedDate }: RestPullRequest): string {
  const commitId = text(fromRef?.latestCommit) ?? '';
  return open === true ? `${OPEN}${commitId}` : `${CLOSED}${commitId}@${updatedDate}`;
}

/** Reads back what is remembered of an entry; null where it told no head. */
export function parseHead(remembered: string | null): Head | null {
  const [, kind, commitId = '', date] = /^([oc])([0-9a-f]{40,64})(?:@(\d+))?$/.exec(remembered ?? '') ?? [];
  if (kind === undefined) return null;
  return { commitId, closedAt: kind === OPEN ? null : Number(date ?? 0) };
}
