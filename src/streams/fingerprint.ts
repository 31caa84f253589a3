/** Characters of a fingerprint: 54 bits, so that one pair in 10^16 that differs looks alike. */
const LENGTH = 9;
/** The same of a short one: 36 bits, one pair in 10^11. */
const SHORT_LENGTH = 6;

/** Says in nine characters what a value is, besides what {@link Digest} leaves out. */
export function fingerprint(value: unknown): string {
  return new Digest().add(value).toString();
}

/** The same in six characters, for what one state holds very many of. */
export function shortFingerprint(value: unknown): string {
  return fingerprint(value).slice(0, SHORT_LENGTH);
}

/** A fingerprint of a set: order and pages do not matter. */
export class SetFingerprint {
  private readonly sums: [number, number] = [0, 0];
  private count = 0;

  add(value: unknown): void {
    const [first, second] = new Digest().add(value).words();
    this.sums[0] = (this.sums[0] + first) >>> 0;
    this.sums[1] = (this.sums[1] + second) >>> 0;
    this.count++;
  }

  toString(): string {
    return fingerprint([this.count, ...this.sums]);
  }
}

/** Links change with the base URL, permissions with whoever looks, avatars with whatever. */
const DESCRIPTIVE = new Set(['links', 'permittedOperations', 'avatarUrl']);

/** Stand before what they begin, so that `["1"]`, `[1]` and `"1"` differ. */
const MARKS = { text: 1, number: 2, other: 3, list: 4, document: 5, end: 6, deep: 7 };

/** Where a sum is put to be printed. */
const BYTES = Buffer.alloc(8);

/** Levels that are summed up by recursion; what is deeper is added at the end, when the call stack is short again. */
const RECURSION = 200;

/**
 * Sums up what of a JSON value counts as a change, without a copy of it. A person counts by id, a repository or project inside it
 * likewise: renaming one of them is a change of that one, not of all that mentions it.
 *
 * It tells a change, and need not withstand anybody who wants to deceive: 64 bits, mixed as MurmurHash3 does. Cryptographic hashes of
 * printed copies took a sixth of a sync's time.
 */
class Digest {
  private a = 0x2f0b4c47;
  private b = 0x5bd1e995;
  private level = 0;
  private deep: object[] | null = null;

  add(value: unknown): this {
    this.take(value);
    for (let next = this.deep?.shift(); next !== undefined; next = this.deep?.shift()) this.take(next);
    return this;
  }

  private take(value: unknown): void {
    if (typeof value === 'string') this.text(MARKS.text, value);
    else if (typeof value === 'number') this.number(value);
    else if (typeof value === 'object' && value !== null) this.descend(value);
    else this.text(MARKS.other, String(value));
  }

  private descend(value: object): void {
    if (this.level === RECURSION) {
      this.mix(MARKS.deep);
      (this.deep ??= []).push(value);
      return;
    }
    this.level++;
    if (Array.isArray(value)) this.list(value);
    else this.document(value as Record<string, unknown>);
    this.level--;
  }

  /** The sum, in two words of 32 bits. */
  words(): [number, number] {
    let { a, b } = this;
    a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
    b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
    return [(a ^ (a >>> 16)) >>> 0, (b ^ (b >>> 16)) >>> 0];
  }

  toString(): string {
    const [first, second] = this.words();
    BYTES.writeUInt32BE(first, 0);
    BYTES.writeUInt32BE(second, 4);
    return BYTES.toString('base64url').slice(0, LENGTH);
  }

  private list(values: readonly unknown[]): void {
    this.mix(MARKS.list);
    for (let index = 0; index < values.length; index++) this.take(values[index] ?? null);
    this.mix(MARKS.end);
  }

  private document(value: Record<string, unknown>): void {
    if ('displayName' in value || 'emailAddress' in value) return this.take(value.id ?? value.emailAddress ?? value.name);
    if ('slug' in value && 'project' in value) return this.take(value.id);
    this.mix(MARKS.document);
    for (const key in value) {
      const member = value[key];
      if (member === undefined || DESCRIPTIVE.has(key)) continue;
      this.text(MARKS.text, key);
      this.take(member);
    }
    this.mix(MARKS.end);
  }

  private number(value: number): void {
    if (!Number.isSafeInteger(value)) return this.text(MARKS.number, String(value));
    this.mix(MARKS.number);
    this.mix(value & 0xffff);
    this.mix((value >>> 16) & 0xffff);
    this.mix(Math.floor(value / 2 ** 32));
  }

  private text(mark: number, text: string): void {
    this.mix(mark);
    this.mix(text.length);
    for (let index = 0; index < text.length; index++) this.mix(text.charCodeAt(index));
  }

  private mix(value: number): void {
    this.a = Math.imul(((this.a << 13) | (this.a >>> 19)) ^ value, 0xcc9e2d51);
    this.b = Math.imul(((this.b << 15) | (this.b >>> 17)) ^ value, 0x1b873593);
  }
}
