/** A map of which there are thousands, nearly all of them with one entry or none: these weigh a fifth of a `Map`. */
export class SmallMap<Key, Value extends object | number | string> {
  /** The only entry, while there is one at most. */
  private key: Key | undefined = undefined;
  private value: Value | undefined = undefined;
  /** All entries, from the second one on. */
  private all: Map<Key, Value> | null = null;

  constructor(entries: Iterable<readonly [Key, Value]> = []) {
    for (const [key, value] of entries) this.set(key, value);
  }

  get size(): number {
    return this.all?.size ?? (this.value === undefined ? 0 : 1);
  }

  has(key: Key): boolean {
    return this.get(key) !== undefined;
  }

  get(key: Key): Value | undefined {
    if (this.all !== null) return this.all.get(key);
    return this.key === key ? this.value : undefined;
  }

  set(key: Key, value: Value): void {
    if (this.all === null && (this.value === undefined || this.key === key)) {
      this.key = key;
      this.value = value;
    } else this.several().set(key, value);
  }

  delete(key: Key): boolean {
    if (this.all !== null) return this.all.delete(key);
    const isThere = this.has(key);
    if (isThere) this.key = this.value = undefined;
    return isThere;
  }

  /** Each may be deleted meanwhile. */
  keys(): Iterable<Key> {
    return this.all?.keys() ?? this.only().map(([key]) => key);
  }

  values(): Iterable<Value> {
    return this.all?.values() ?? this.only().map(([, value]) => value);
  }

  [Symbol.iterator](): Iterator<[Key, Value]> {
    return (this.all ?? this.only())[Symbol.iterator]();
  }

  private only(): [Key, Value][] {
    return this.value === undefined ? [] : [[this.key as Key, this.value]];
  }

  private several(): Map<Key, Value> {
    this.all ??= new Map(this.only());
    this.key = this.value = undefined;
    return this.all;
  }
}
