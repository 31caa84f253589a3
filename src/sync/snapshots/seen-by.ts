/** Who saw each thing, by ids; the same accounts are one set, for there are many things and few accounts. */
export class SeenBy {
  private readonly users = new Map<number, ReadonlySet<string>>();
  private readonly sets = new Map<string, ReadonlySet<string>>();

  get size(): number {
    return this.users.size;
  }

  has(id: number): boolean {
    return this.users.has(id);
  }

  /** Who saw it; undefined: nobody, or it is not known. */
  get(id: number): ReadonlySet<string> | undefined {
    return this.users.get(id);
  }

  note(id: number, user: string): void {
    const known = this.users.get(id);
    if (known?.has(user) !== true) this.set(id, [...(known ?? []), user]);
  }

  set(id: number, users: Iterable<string>): void {
    const sorted = [...users].sort();
    const key = JSON.stringify(sorted);
    let set = this.sets.get(key);
    if (set === undefined) {
      set = new Set(sorted);
      this.sets.set(key, set);
    }
    this.users.set(id, set);
  }

  delete(id: number): void {
    this.users.delete(id);
  }

  clear(): void {
    this.users.clear();
  }

  [Symbol.iterator](): IterableIterator<[number, ReadonlySet<string>]> {
    return this.users.entries();
  }

  /** As it stands in a state: each set of accounts, and what it saw. */
  print(isKept: (id: number) => boolean): unknown[] {
    const groups = new Map<ReadonlySet<string>, number[]>();
    for (const [id, users] of this.users) {
      if (!isKept(id)) continue;
      const group = groups.get(users);
      if (group === undefined) groups.set(users, [id]);
      else group.push(id);
    }
    return [...groups].map(([users, ids]) => ({ users: [...users], ids }));
  }

  /** Reads it back; what cannot be understood is not known. */
  parse(raw: unknown): void {
    for (const group of Array.isArray(raw) ? (raw as unknown[]) : []) {
      const { users, ids } = (group ?? {}) as { users?: unknown; ids?: unknown };
      if (!Array.isArray(users) || !Array.isArray(ids) || users.some((user) => typeof user !== 'string')) continue;
      for (const id of ids as unknown[]) if (typeof id === 'number') this.set(id, users as string[]);
    }
  }
}
