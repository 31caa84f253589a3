const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;
const VALUES = Buffer.from('values');

/**
 * Takes the text of a page of a list apart while it streams by: each object in its `values` is handed over as text of its own, and what
 * remains is the envelope, with an empty list. It does not judge: what is no page remains as it is, and whoever parses it will say why.
 */
export class PageSplitter {
  /** Brackets and braces that are open. */
  private depth = 0;
  private inString = false;
  private escaped = false;
  /** Where the page's own list of values is open. */
  private inValues = false;
  private inValue = false;
  /** Whether the last string of the envelope was `"values"`. */
  private key = false;
  /** What came of a string of the envelope, or of a value, before this piece. */
  private text: Buffer[] = [];
  private readonly envelope: Buffer[] = [];

  /** @param onValue is given each value's JSON text */
  constructor(private readonly onValue: (text: string) => void) {}

  feed(piece: Buffer): void {
    for (let at = 0; at < piece.length;) at = this.inValue ? this.feedValue(piece, at) : this.feedEnvelope(piece, at);
  }

  /** The envelope's JSON text; with what was left of a value that did not end. */
  end(): string {
    return Buffer.concat([...this.envelope, ...this.text]).toString('utf8');
  }

  /** Goes on to the end of the value, or of the piece. @returns where it came to */
  private feedValue(piece: Buffer, from: number): number {
    for (let at = from; at < piece.length; at++) {
      if (this.inString) at = this.skipString(piece, at);
      const byte = piece[at];
      if (byte === QUOTE) this.inString = !this.inString;
      else if (this.inString)
        break; // the piece ends in it
      else if (byte === OPEN_OBJECT || byte === OPEN_LIST) this.depth++;
      else if ((byte === CLOSE_OBJECT || byte === CLOSE_LIST) && --this.depth === 2) {
        this.hand(piece.subarray(from, at + 1));
        return at + 1;
      }
    }
    this.text.push(Buffer.from(piece.subarray(from)));
    return piece.length;
  }

  /** Where the string ends that we are in, or the piece. */
  private skipString(piece: Buffer, from: number): number {
    let at = from;
    if (this.escaped) at++;
    for (; at < piece.length; at++) {
      const byte = piece[at];
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) at++;
    }
    this.escaped = at > piece.length;
    return at;
  }

  /** Goes on to the next value, or to the end of the piece. @returns where it came to */
  private feedEnvelope(piece: Buffer, from: number): number {
    let kept = from;
    const keep = (to: number) => to > kept && this.envelope.push(Buffer.from(piece.subarray(kept, to)));
    for (let at = from; at < piece.length; at++) {
      if (this.inString) {
        const start = at;
        at = this.skipString(piece, at);
        if (this.depth === 1) this.text.push(Buffer.from(piece.subarray(start, at)));
        if (at >= piece.length) break;
        this.inString = false;
        this.key = this.depth === 1 && Buffer.concat(this.text).equals(VALUES);
        this.text = [];
        continue;
      }
      const byte = piece[at];
      if (byte === QUOTE) this.inString = true;
      else if (byte === OPEN_OBJECT && this.depth === 2 && this.inValues) {
        keep(at);
        this.inValue = true;
        return at;
      } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
        if (this.depth === 1) this.inValues = byte === OPEN_LIST && this.key;
        this.depth++;
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
        this.depth--;
      } else if (this.depth === 2 && this.inValues && (byte === COMMA || (byte !== undefined && byte <= SPACE))) {
        // What separates the values would not make sense without them.
        keep(at);
        kept = at + 1;
      }
    }
    keep(piece.length);
    return piece.length;
  }

  private hand(end: Buffer): void {
    const text = this.text.length === 0 ? end.toString('utf8') : Buffer.concat([...this.text, end]).toString('utf8');
    this.text = [];
    this.inValue = false;
    this.onValue(text);
  }
}
