/** More streams than these are not named where they are all that there are. */
const MANY = 3;

/** What was said of single streams, gathered so that one cause is told once. */
export class StreamCauses {
  private readonly streams = new Map<string, string[]>();
  /** Those of which single things could not be read, which is another matter than a server or a login that ends all. */
  private readonly withGaps = new Set<string>();

  /** Takes what the connector said of a stream. */
  add(stream: string, message: string): void {
    const cause = withoutName(message, stream);
    this.streams.set(cause, [...(this.streams.get(cause) ?? []), stream]);
    if (!message.startsWith(endOf(stream))) this.withGaps.add(stream);
  }

  /** Whether anything was told of a stream but what has ended it as a whole. */
  hasGaps(stream: string): boolean {
    return this.withGaps.has(stream);
  }

  /** Whether such a cause was told of a stream. */
  concerns(stream: string, cause: RegExp): boolean {
    return [...this.streams].some(([each, streams]) => cause.test(each) && streams.includes(stream));
  }

  /** A sentence for each cause, with the streams that it concerns. @param selected how many streams there are */
  sentences(selected: number): string[] {
    return [...this.streams].map(([cause, streams]) => {
      const areAll = streams.length > MANY && streams.length === selected;
      return `${areAll ? `all ${streams.length} streams` : streams.join(', ')}: ${cause}`;
    });
  }
}

/** How the connector begins to say what ended a stream as a whole. */
function endOf(stream: string): string {
  return `${stream} could not be read to its end: `;
}

/** The connector's sentences begin with the name of the stream, which stands before them already. */
function withoutName(message: string, stream: string): string {
  for (const beginning of [endOf(stream), `${stream}: `])
    if (message.startsWith(beginning)) return withoutName(message.slice(beginning.length), stream);
  return message;
}
