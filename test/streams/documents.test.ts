import { document, documents, flag, instant, integer, text } from '../../src/streams/documents';

describe('a document', () => {
  it('keeps Bitbucket’s names and values, and spells out the instants', () => {
    const source = {
      id: 7,
      displayName: 'Jane',
      createdDate: 1_600_000_000_123,
      committerTimestamp: 0,
      nested: [{ updatedDate: -1 }],
      dateless: 5,
      Date: 1,
    };
    expect(document(source)).toEqual({
      ...source,
      createdDate: '2020-09-13T12:26:40.123Z',
      committerTimestamp: '1970-01-01T00:00:00.000Z',
      nested: [{ updatedDate: '1969-12-31T23:59:59.999Z' }],
      Date: '1970-01-01T00:00:00.001Z',
    });
  });

  it('loses source code at any depth, in lists of lists too', () => {
    const source = {
      diff: { hunks: [] },
      comment: { text: 'diff --git', comments: [{ lines: ['x'], anchor: { line: 3, lineType: 'ADDED' } }] },
      lists: [[{ segments: [1], kept: true }]],
      hunks: 'text',
    };
    expect(JSON.parse(JSON.stringify(document(source)))).toEqual({
      comment: { text: 'diff --git', comments: [{ anchor: { line: 3, lineType: 'ADDED' } }] },
      lists: [[{ kept: true }]],
    });
  });

  it('does not change what it is made of, and copies nothing where nothing differs', () => {
    const source = { a: { createdDate: 1, hunks: [1] }, b: { c: [{ d: 'text' }] }, e: [[{ updatedDate: 2 }], [{ f: 3 }]] };
    const before = structuredClone(source);
    const made = document(source) as typeof source;
    expect(source).toEqual(before);
    expect(made.b).toBe(source.b);
    expect(made.e[1]).toBe(source.e[1]);
    expect(JSON.parse(JSON.stringify(document(source)))).toEqual(JSON.parse(JSON.stringify(made)));
    const same = { b: source.b, list: [1, [{ g: null }]] };
    expect(document(same)).toBe(same);
  });

  it('is clean however deep it is', () => {
    let source: Record<string, unknown> = { createdDate: 0, hunks: [] };
    for (let level = 0; level < 20_000; level++) source = { comments: [source], updatedDate: 0 };
    let made: any = document(source);
    let levels = 0;
    while (made.comments !== undefined) {
      if (made.updatedDate !== '1970-01-01T00:00:00.000Z') throw new Error(`level ${levels}`);
      made = made.comments[0];
      levels++;
    }
    expect([levels, made]).toEqual([20_000, { createdDate: '1970-01-01T00:00:00.000Z', hunks: undefined }]);
  });

  it('leaves an instant that is none to be null, never an error', () => {
    expect(document({ createdDate: 1e300, updatedDate: NaN })).toEqual({ createdDate: null, updatedDate: null });
  });

  it.each([null, undefined, 7, 'text', [], [{}]])('is null where there is none: %j', (value) => {
    expect(document(value)).toBeNull();
  });

  it('is one of a list; what is none is left out', () => {
    expect(documents([{ id: 1 }, null, 7, { id: 2 }])).toEqual([{ id: 1 }, { id: 2 }]);
    expect(documents([])).toEqual([]);
    expect(documents(null)).toBeNull();
    expect(documents({})).toBeNull();
  });
});

it('an instant is RFC 3339 in UTC with milliseconds, from numbers and from texts', () => {
  expect(instant(1_600_000_000_000)).toBe('2020-09-13T12:26:40.000Z');
  expect(instant('2020-09-13T14:26:40+0200')).toBe('2020-09-13T12:26:40.000Z');
  for (const each of [0, -1, 1.9, 951_782_399_999, 951_782_400_000, -62_135_596_800_000, 253_402_300_799_999]) {
    expect(instant(each)).toBe(new Date(each).toISOString());
  }
  const outside = [-62_135_596_800_001, 253_402_300_800_000, 8.64e15, -8.64e15, 1_787_000_000_000_000_000n];
  // Those that share the place where what was printed lately is kept, in turn.
  const shared = [1_600_000_000_000, -1_600_000_000_000 & ~1023, 0, 1024, 1024 * 86_400_000].flatMap((at) => [
    at,
    at + 2 ** 20,
    at - 2 ** 41,
  ]);
  for (const each of [...shared, ...shared.toReversed(), ...shared]) expect(instant(each)).toBe(new Date(each).toISOString());
  for (const none of [null, undefined, 'soon', {}, Infinity, 8.65e15, ...outside]) expect(instant(none)).toBeNull();
});

it('a text, an integer and a flag are themselves or null', () => {
  expect([text('a'), text(''), text(7), text(null)]).toEqual(['a', '', null, null]);
  expect([integer(7), integer(0), integer(1.5), integer('7'), integer(2 ** 53)]).toEqual([7, 0, null, null, null]);
  expect([flag(true), flag(false), flag(0), flag(undefined)]).toEqual([true, false, null, null]);
});
