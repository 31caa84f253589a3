const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;

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
  /** The last string of the envelope, as far as it matters: `"values"`. */
  private key = '';
  private text: Buffer[] = [];
  private readonly envelope: Buffer[] = [];

  /** @param onValue is given each value's JSON text */
  constructor(private readonly onValue: (text: string) => void) {}

  feed(piece: Buffer): void {
    let from = 0;
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at] ?? 0;
      if (this.inString) {
        if (this.escaped) this.escaped = false;
        else if (byte === BACKSLASH) this.escaped = true;
        else if (byte === QUOTE) this.inString = false;
        if (this.depth === 1 && this.key.length < 10) this.key += String.fromCharCode(byte);
        continue;
      }
      switch (byte) {
        case QUOTE:
          this.inString = true;
          if (this.depth === 1) this.key = '"';
          break;
        case OPEN_OBJECT:
        case OPEN_LIST:
          if (this.depth === 1 && byte === OPEN_LIST && this.key === '"values"') this.inValues = true;
          else if (this.depth === 2 && byte === OPEN_OBJECT && this.inValues) {
            this.envelope.push(Buffer.from(piece.subarray(from, at)));
            from = at;
            this.inValue = true;
          }
          this.depth++;
          break;
        case CLOSE_OBJECT:
        case CLOSE_LIST:
          this.depth--;
          if (this.depth === 1) this.inValues = false;
          else if (this.depth === 2 && this.inValue) {
            this.hand(piece.subarray(from, at + 1));
            from = at + 1;
          }
          break;
        default:
          // What separates the values would not make sense without them.
          if (this.depth === 2 && this.inValues && (byte === COMMA || byte <= SPACE)) {
            if (at > from) this.envelope.push(Buffer.from(piece.subarray(from, at)));
            from = at + 1;
          }
      }
    }
    if (from < piece.length) (this.inValue ? this.text : this.envelope).push(Buffer.from(piece.subarray(from)));
  }

  /** The envelope's JSON text; with what was left of a value that did not end. */
  end(): string {
    return Buffer.concat([...this.envelope, ...this.text]).toString('utf8');
  }

  private hand(end: Buffer): void {
    const text = this.text.length === 0 ? end.toString('utf8') : Buffer.concat([...this.text, end]).toString('utf8');
    this.text = [];
    this.inValue = false;
    this.onValue(text);
  }
}
