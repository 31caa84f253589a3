import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { parseJson } from '../../src/text/exact-json';
import { Body } from '../../src/bitbucket/transport/body';
import { readListed } from '../../src/bitbucket/paging/listed';

interface Document {
  readonly id: number;
}
const isDocument = (value: unknown): value is Document => typeof (value as Document | null)?.id === 'number';

/** Reads a page that arrives in pieces of so many bytes. */
function read(text: string, size = 7, status = 200) {
  const bytes = Buffer.from(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size));
  const incoming = Object.assign(Readable.from(pieces, { objectMode: false }), { headers: {} });
  const body = new Body(incoming as unknown as IncomingMessage);
  return readListed({ status, contentType: 'application/json', userName: 'reader', body, redact: (said) => said }, (value) =>
    isDocument(value) ? value : null,
  );
}

/** Documents as Bitbucket's are: nested, with text of any kind, and with names that could be taken for the page's own. */
const documents = fc.array(
  fc.record({
    id: fc.nat(),
    values: fc.jsonValue(),
    text: fc.string({ unit: 'binary' }),
    quoted: fc.string({ unit: fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ' ', 'values', '\n', 'ü', '漢') }),
    rest: fc.jsonValue(),
  }),
  { maxLength: 8 },
);

it('gives every value as a parser of whole texts would, whatever is in it and wherever the pieces end', async () => {
  const envelopes = fc.record({ before: fc.jsonValue(), after: fc.jsonValue() });
  await fc.assert(
    fc.asyncProperty(
      documents,
      envelopes,
      fc.integer({ min: 1, max: 200 }),
      fc.constantFrom(0, 2),
      async (values, { before, after }, size, indent) => {
        const page = { context: before, size: values.length, isLastPage: false, values, nextPageStart: 99, values2: after };
        const { values: listed, isLastPage, nextPageStart } = await read(JSON.stringify(page, null, indent), size);
        expect({ isLastPage, nextPageStart }).toEqual({ isLastPage: false, nextPageStart: 99 });
        expect(listed.map((each) => each.read())).toEqual(parseJson(JSON.stringify(values)));
        expect(listed.map(({ id }) => id)).toEqual(values.map(({ id }) => id));
      },
    ),
    { numRuns: 500 },
  );
});

const PAGE = '{"size": 2, "isLastPage": true, "values": [{"id": 1, "text": "a"}, {"id": 2, "text": "b"}]}';

it('takes no beginning of a page for a page, wherever it is broken off', async () => {
  for (let length = 0; length < PAGE.length; length++) {
    await expect(read(PAGE.slice(0, length))).rejects.toMatchObject({ kind: 'unexpected_answer' });
  }
  await expect(read(PAGE)).resolves.toMatchObject({ isLastPage: true });
});

it.each([
  ['a page for people', '<html><title>Maintenance</title></html>'],
  ['no list', '{"id": 1}'],
  ['a list without an envelope', '[{"id": 1}]'],
  ['a page without its end', '{"values": [{"id": 1}]}'],
  ['null', 'null'],
  ['a document that is none', '{"isLastPage": true, "values": [{"id": 1}, {"id": 2,}]}'],
  [
    'a page on which two documents with a stray quote take what lies between them',
    '{"isLastPage": true, "values": [{"id": 5, "t": "a"b"}, {"id": 4, "t": "fine"}, {"id": 3, "t": "c"d"}, {"id": 2, "t": "x"}]}',
  ],
  ['values by another spelling', '{"isLastPage": true, "\\u0076alues": [{"id": 1}]}'],
  ['text behind the page', '{"isLastPage": true, "values": []} {}'],
])('%s is an error, never data', async (_, text) => {
  await expect(read(text)).rejects.toMatchObject({ kind: 'unexpected_answer' });
});

it.each([
  ['a number', 1, null],
  ['null', null, null],
  ['a document of another kind', { name: 'x' }, null],
  ['a document whose id is text', { id: 'x' }, 'x'],
  ['a list', [{ id: 2 }], null],
])('%s among documents is told as what cannot be read, and the others are given', async (_, odd, id) => {
  const page = await read(JSON.stringify({ isLastPage: true, values: [{ id: 1 }, odd, { id: 3 }] }));
  expect(page.values.map((listed) => listed.id)).toEqual([1, 3]);
  expect(page.unreadable).toEqual([{ id }]);
});

it('an empty list is a page', async () => {
  await expect(read('{"values":[],"isLastPage":true}')).resolves.toEqual({ values: [], isLastPage: true, nextPageStart: null });
});
