/** What one kind of request has cost so far. */
export interface RequestCounts {
  requests: number;
  retries: number;
  /** Bodies, decompressed. */
  bytes: number;
  /** Milliseconds between attempts, and those that the server asked to wait. */
  waitedMs: number;
}

/** Counts of one run, by kind of request. */
export class Statistics {
  /** 429s. */
  rateLimited = 0;
  private readonly kinds = new Map<string, RequestCounts>();

  of(kind: string): RequestCounts {
    let counts = this.kinds.get(kind);
    if (counts === undefined) {
      counts = { requests: 0, retries: 0, bytes: 0, waitedMs: 0 };
      this.kinds.set(kind, counts);
    }
    return counts;
  }

  /** The sum over these kinds; over all where none is named. */
  sum(kinds: readonly string[] = [...this.kinds.keys()]): RequestCounts {
    const sum: RequestCounts = { requests: 0, retries: 0, bytes: 0, waitedMs: 0 };
    for (const kind of kinds) {
      const { requests, retries, bytes, waitedMs } = this.of(kind);
      sum.requests += requests;
      sum.retries += retries;
      sum.bytes += bytes;
      sum.waitedMs += waitedMs;
    }
    return sum;
  }
}
