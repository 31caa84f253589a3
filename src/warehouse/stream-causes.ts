import { count } from './tally';

/** More streams than these are not named where they are all that there are. */
const MANY = 3;
/** The connector's warning of a single thing: what it is, and why; the last group is the cause, whatever was asked for, and whatever more the server said. */
const LEFT_OUT = /^(.+?) could not be read(?: in \d+ syncs)?, and is left out of this sync: ((?:[A-Z]+ \S+: )?([^(]*)[^]*)$/;

/** What was said of a stream for one cause. */
interface Cause {
  /** As it was said first. */
  readonly text: string;
  /** Of how many single things it was said. */
  times: number;
}

/** What was said of single streams, gathered so that one cause is told once. */
export class StreamCauses {
  private readonly streams = new Map<string, Map<string, Cause>>();
  /** Those of which single things could not be read, which is another matter than a server or a login that ends all. */
  private readonly withGaps = new Set<string>();

  /** Takes what the connector said of a stream. */
  add(stream: string, message: string): void {
    const text = withoutName(message, stream);
    const causes = this.streams.get(stream) ?? new Map<string, Cause>();
    this.streams.set(stream, causes);
    const kind = kindOf(text);
    const cause = causes.get(kind);
    if (cause === undefined) causes.set(kind, { text, times: 1 });
    else cause.times++;
    if (!message.startsWith(endOf(stream))) this.withGaps.add(stream);
  }

  /** Whether anything was told of a stream but what has ended it as a whole. */
  hasGaps(stream: string): boolean {
    return this.withGaps.has(stream);
  }

  /** Whether such a cause was told of a stream. */
  concerns(stream: string, cause: RegExp): boolean {
    return [...(this.streams.get(stream)?.values() ?? [])].some(({ text }) => cause.test(text));
  }

  /** A sentence for each cause, with the streams that it concerns. @param selected how many streams there are */
  sentences(selected: number): string[] {
    const found = new Map<string, string[]>();
    for (const [stream, causes] of this.streams) {
      for (const cause of causes.values()) found.set(sentence(cause), [...(found.get(sentence(cause)) ?? []), stream]);
    }
    return [...found].map(([cause, streams]) => {
      const areAll = streams.length > MANY && streams.length === selected;
      return `${areAll ? `all ${streams.length} streams` : streams.join(', ')}: ${cause}`;
    });
  }
}

/** The same for all that is worth one line: single things that could not be read for one cause, repositories apart. */
function kindOf(text: string): string {
  const [, item, , why] = LEFT_OUT.exec(text) ?? [];
  return item === undefined ? text : `${item.startsWith('repository ') ? 'repository' : ''} ${why ?? ''}`;
}

/** The first of them by name. */
function sentence({ text, times }: Cause): string {
  const [, item, why] = times === 1 ? [] : (LEFT_OUT.exec(text) ?? []);
  if (item === undefined) return text;
  return `${item}, and ${count(times - 1)} more, could not be read, and are left out of this sync: ${why ?? ''}`;
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
