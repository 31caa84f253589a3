/** What is on a server, as far as it says how many requests a read takes. */
export interface Amounts {
  readonly projects: number;
  readonly repositories: number;
  readonly users: number;
  /** In each repository, and of those. */
  readonly pullRequests: number;
  readonly activities: number;
}

/** Entries of a page, at most. */
export interface Caps {
  readonly list: number;
  readonly activities: number;
}

/** Pages of a list of `n` entries at a cap of `c`: each further page begins with an entry that was seen, lest one be skipped. */
export function pages(n: number, c: number): number {
  return n <= c ? 1 : 1 + Math.ceil((n - c) / (c - 1));
}

/** The lists of projects, repositories and users. */
export function inventory({ projects, repositories, users }: Amounts, caps: Caps): number {
  return pages(projects, caps.list) + pages(repositories, caps.list) + pages(users, caps.list);
}

/** The fewest requests in which everything can be read: the inventory, each default branch, each list, and two per pull request. */
export function fullRead(amounts: Amounts, caps: Caps): number {
  const { repositories, pullRequests, activities } = amounts;
  const perPullRequest = pages(activities, caps.activities) + 1;
  return inventory(amounts, caps) + repositories * (1 + pages(pullRequests, caps.list) + pullRequests * perPullRequest);
}

/** Those of a sync in which nothing happened, where a page of each list reaches back far enough. */
export function quietRead(amounts: Amounts, caps: Caps): number {
  return inventory(amounts, caps) + amounts.repositories;
}
