/** A priority queue; what is equal comes out in the order in which it went in. */
export class Heap<T> {
  private readonly entries: { readonly value: T; readonly order: number }[] = [];
  private count = 0;

  /** `rank`: the greatest comes first. */
  constructor(private readonly rank: (value: T) => number) {}

  get size(): number {
    return this.entries.length;
  }

  push(value: T): void {
    const { entries } = this;
    this.count += 1;
    const entry = { value, order: this.count };
    let at = entries.length;
    entries.push(entry);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.before(entry, entries[above]!)) break;
      entries[at] = entries[above]!;
      at = above;
    }
    entries[at] = entry;
  }

  /** The first, or undefined where there is none. */
  pop(): T | undefined {
    const { entries } = this;
    const first = entries[0];
    const last = entries.pop();
    if (first === undefined || last === undefined || first === last) return first?.value;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= entries.length) break;
      if (below + 1 < entries.length && this.before(entries[below + 1]!, entries[below]!)) below += 1;
      if (!this.before(entries[below]!, last)) break;
      entries[at] = entries[below]!;
      at = below;
    }
    entries[at] = last;
    return first.value;
  }

  private before(a: { value: T; order: number }, b: { value: T; order: number }): boolean {
    const difference = this.rank(a.value) - this.rank(b.value);
    return difference > 0 || (difference === 0 && a.order < b.order);
  }
}
