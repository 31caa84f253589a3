/**
 * Who reads each repository: who read it before, as long as it lists it, else the one of those that list it who has the fewest. The same
 * lists give the same result.
 * @param seenBy who lists each repository; those who do not work are left out by the caller
 * @param before who read it last
 * @param users all who work, in a fixed order
 */
export function shareOut(
  seenBy: ReadonlyMap<number, ReadonlySet<string>>,
  before: ReadonlyMap<number, string>,
  users: readonly string[],
): Map<number, string> {
  const readers = new Map<number, string>();
  const counts = new Map(users.map((user) => [user, 0]));
  const give = (id: number, user: string) => {
    readers.set(id, user);
    counts.set(user, (counts.get(user) ?? 0) + 1);
  };
  const open: number[] = [];
  for (const [id, seers] of seenBy) {
    const reader = before.get(id);
    if (reader !== undefined && seers.has(reader) && counts.has(reader)) give(id, reader);
    else open.push(id);
  }
  for (const id of open.sort((a, b) => a - b)) {
    const reader = lightest(users, seenBy.get(id), counts);
    if (reader !== undefined) give(id, reader);
  }
  return readers;
}

function lightest(
  users: readonly string[],
  seers: ReadonlySet<string> | undefined,
  counts: ReadonlyMap<string, number>,
): string | undefined {
  let found: string | undefined;
  for (const user of users) {
    if (seers?.has(user) !== true) continue;
    if (found === undefined || (counts.get(user) ?? 0) < (counts.get(found) ?? 0)) found = user;
  }
  return found;
}
