import { MAX_DATA_BYTES, recordLine, type Row } from '../../src/airbyte/record';

/** What a message says: the text of its data, and what of it had to be changed. */
const recordText = (row: Row) => {
  const [start, end] = ['{"data":', '}'];
  const line = recordLine(row, start, end);
  const { meta } = JSON.parse(line) as { meta?: { changes: object[] } };
  return {
    json: line.slice(start.length, meta === undefined ? -end.length : line.lastIndexOf(',"meta":')),
    changes: meta?.changes ?? [],
  };
};

const printed = (row: Row) => {
  const { json, changes } = recordText(row);
  return { data: JSON.parse(json) as Record<string, any>, json, changes };
};

/** A chain of replies: each comment answers the one before it. */
function chain(length: number): Record<string, any> {
  let comment: Record<string, any> = {
    id: length,
    text: `comment ${length}`,
    author: { links: { self: [{ href: 'x' }] } },
    comments: [],
  };
  for (let id = length - 1; id >= 0; id--) comment = { id, text: `comment ${id}`, comments: [comment] };
  return comment;
}

function levels(json: string): number {
  let [level, most] = [0, 0];
  for (const token of json.match(/"(?:[^"\\]|\\.)*"|[[{\]}]/g) ?? []) {
    if (token === '{' || token === '[') most = Math.max(most, ++level);
    else if (token === '}' || token === ']') level--;
  }
  return most;
}

const TRUNCATED = (field: string, reason: string) => [{ field, change: 'TRUNCATED', reason }];

it.each([
  { id: 1, title: 'a', author: { user: { id: 2 } }, reviewers: [], deleted_at: null },
  { id: 1, text: 'tab\t "quoted" \\u0000 \\ ünïcode 漢 🙂 \u0001 line\nend' },
  { id: 1, nothing: undefined, document: { nothing: undefined, list: [undefined] } },
])('prints the usual row as JSON.stringify does: %j', (row) => {
  expect(recordText(row)).toEqual({ json: JSON.stringify(row), changes: [] });
});

describe('replies', () => {
  it.each([1, 40, 41])('nested %d deep stay as they are', (depth) => {
    const comment = chain(depth);
    expect(recordText({ id: 1, comment })).toEqual({ json: JSON.stringify({ id: 1, comment }), changes: [] });
  });

  it.each([42, 97, 2000, 3000])('nested %d deep hang on the fortieth, in order, with the id of what they answer', (depth) => {
    const comment = chain(depth);
    const { data, json, changes } = printed({ id: 1, comment });
    expect(changes).toEqual(TRUNCATED('comment', 'SOURCE_FIELD_SIZE_LIMITATION'));
    let fortieth = data.comment;
    for (let level = 1; level <= 40; level++) fortieth = fortieth.comments[0];
    expect(fortieth.id).toBe(40);
    expect(fortieth.comments.map((reply: any) => [reply.id, reply.text, reply.parent.id, reply.comments])).toEqual(
      Array.from({ length: depth - 40 }, (_, index) => [41 + index, `comment ${41 + index}`, 40 + index, []]),
    );
    expect(levels(json)).toBeLessThanOrEqual(96);
    expect(comment.comments[0].comments[0].parent).toBeUndefined();
  });

  it('of several branches hang in the order in which a reader meets them', () => {
    const branch = (id: number) => ({ id, comments: [{ id: id + 1, comments: [{ id: id + 2, comments: [] }] }] });
    const comment = chain(40);
    let fortieth: Record<string, any> = comment;
    for (let level = 1; level <= 40; level++) fortieth = fortieth.comments[0];
    fortieth.comments = [branch(100), branch(200)];
    const { data } = printed({ id: 1, comment });
    let found = data.comment;
    for (let level = 1; level <= 40; level++) found = found.comments[0];
    expect(found.comments.map((reply: any) => [reply.id, reply.parent.id])).toEqual([
      [100, 40],
      [101, 100],
      [102, 101],
      [200, 40],
      [201, 200],
      [202, 201],
    ]);
  });
});

it('leaves out what lies deeper than a hundred levels anywhere else, and says so', () => {
  let deep: unknown = 'the bottom';
  for (let level = 0; level < 150; level++) deep = level % 2 === 0 ? [deep] : { deep };
  const { json, changes } = printed({ id: 1, properties: { deep }, fine: [[[]]] });
  expect(levels(json)).toBe(97); // three more are around it
  expect(json).toContain('null');
  expect(changes).toEqual(TRUNCATED('properties', 'SOURCE_FIELD_SIZE_LIMITATION'));
});

it('takes nothing from a document that is deep, but not too deep', () => {
  let deep: unknown = 'the bottom';
  for (let level = 0; level < 95; level++) deep = [deep];
  expect(recordText({ id: 1, deep })).toEqual({ json: JSON.stringify({ id: 1, deep }), changes: [] });
});

describe('integers beyond 2^53', () => {
  it('keep their digits as numbers within 64 bits', () => {
    const row = { id: 9007199254740993n, document: { list: [-9223372036854775808n, 9223372036854775807n], text: '#9' } };
    expect(recordText(row)).toEqual({
      json: '{"id":9007199254740993,"document":{"list":[-9223372036854775808,9223372036854775807],"text":"#9"}}',
      changes: [],
    });
  });

  it('are text in a document and null in a column beyond 64 bits', () => {
    const { data, changes } = printed({ id: 1, size: 9223372036854775808n, document: { size: -9223372036854775809n } });
    expect(data).toEqual({ id: 1, size: null, document: { size: '-9223372036854775809' } });
    expect(changes).toEqual([
      { field: 'size', change: 'NULLED', reason: 'SOURCE_SERIALIZATION_ERROR' },
      ...TRUNCATED('document', 'SOURCE_SERIALIZATION_ERROR'),
    ]);
  });
});

describe('a record that is too large', () => {
  it('comes without its largest columns, and with all others', () => {
    const files = Array.from({ length: 200_000 }, (_, n) => ({
      path: `src/some/folder/of/the/source/file-${n}.ts`,
      additions: n,
      deletions: 0,
      binary: false,
    }));
    const { data, json, changes } = printed({ id: 1, files, file_count: files.length, truncated: false });
    expect(data).toEqual({ id: 1, files: null, file_count: 200_000, truncated: false });
    expect(changes).toEqual([{ field: 'files', change: 'NULLED', reason: 'SOURCE_RECORD_SIZE_LIMITATION' }]);
    expect(json.length).toBeLessThan(100);
  });

  it('is measured in bytes, not in characters', () => {
    const text = '漢'.repeat(MAX_DATA_BYTES / 3 - 10);
    expect(recordText({ id: 1, text }).changes).toEqual([]);
    expect(recordText({ id: 1, text, more: '漢'.repeat(10) }).changes).toHaveLength(1);
  });
});
