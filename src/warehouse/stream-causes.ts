import { count, sumOf } from './tally';

/** More streams than these are not named where they are all that there are. */
const MANY = 3;
const REPOSITORY = 'repository ';
/** The connector's warning of a single thing: what it is, and why; the last group is the cause, whatever was asked for, and whatever more the server said. */
const LEFT_OUT = /^(.+?) could not be read(?: in \d+ syncs)?, and is left out of this sync: ((?:[A-Z]+ \S+: )?([^(]*)[^]*)$/;

/** The connector's sentence on all that failed a stream: the first of it, and how much more. */
const FAILED = /^(.+?) could not be read(?:, and (\d+) more)?: /;

/** What was said of a stream for one cause. */
interface Cause {
  /** As it was said first. */
  readonly text: string;
  /** Of which single things it was said; of one twice, if it is read in two ways. */
  readonly items: Set<string>;
}

/** Single things that could not be read: the first of them, and how many they are. */
export interface Gap {
  readonly item: string;
  readonly times: number;
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
    const cause = causes.get(kind) ?? { text, items: new Set() };
    causes.set(kind, cause);
    cause.items.add(LEFT_OUT.exec(text)?.[1] ?? text);
    if (!message.startsWith(endOf(stream))) this.withGaps.add(stream);
  }

  /** Whether anything was told of a stream but what has ended it as a whole. */
  hasGaps(stream: string): boolean {
    return this.withGaps.has(stream);
  }

  /** What could not be read of a stream. */
  gapsOf(stream: string): Gap[] {
    return [...(this.streams.get(stream)?.values() ?? [])].flatMap(({ text, items }) => {
      if (LEFT_OUT.test(text)) return [...items].map((item) => ({ item, times: 1 }));
      const [, first, more = 0] = FAILED.exec(text) ?? [];
      return first === undefined ? [] : [{ item: first, times: 1 + Number(more) }];
    });
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
  return item === undefined ? text : `${item.startsWith(REPOSITORY) ? REPOSITORY : ''} ${why ?? ''}`;
}

/** The first of them by name. */
function sentence({ text, items }: Cause): string {
  const [, item, why] = items.size === 1 ? [] : (LEFT_OUT.exec(text) ?? []);
  if (item === undefined) return text;
  return `${item}, and ${count(items.size - 1)} more, could not be read, and are left out of this sync: ${why ?? ''}`;
}

/** The first of all, a repository before what is in one: `repository MOB/gateway and 3 more`; null: there are none. */
export function nameGaps(gaps: readonly Gap[]): string | null {
  const found = [...new Map(gaps.map((gap) => [gap.item, gap])).values()];
  const [first] = [...found.filter(({ item }) => item.startsWith(REPOSITORY)), ...found];
  const others = sumOf(found.map(({ times }) => times)) - 1;
  return first === undefined ? null : `${first.item}${others === 0 ? '' : ` and ${count(others)} more`}`;
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
