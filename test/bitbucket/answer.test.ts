import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { type Answer, readJson, readText } from '../../src/bitbucket/transport/answer';
import { Body } from '../../src/bitbucket/transport/body';

/** A body that arrives in these pieces. */
function bodyOf(pieces: readonly (string | Buffer)[], headers: Record<string, string> = {}): Body {
  const incoming = Readable.from(
    pieces.map((piece) => Buffer.from(piece)),
    { objectMode: false },
  );
  return new Body(Object.assign(incoming, { headers }) as unknown as IncomingMessage);
}

const answer = (pieces: readonly (string | Buffer)[], headers: Record<string, string> = {}, status = 200): Answer => ({
  ...{ status, contentType: 'application/json', userName: null, redact: (text: string) => text.replaceAll(/SEC<?RET/g, '****') },
  body: bodyOf(pieces, headers),
});
const GZIP = { 'content-encoding': 'gzip' };

it('may be cut within a character', async () => {
  const bytes = Buffer.from('"aüb"');
  await expect(readJson(answer([bytes.subarray(0, 3), bytes.subarray(3)]))).resolves.toBe('aüb');
});

it('beyond its limit is refused', async () => {
  const tooLong = { kind: 'too_large', message: expect.stringMatching(/longer than 9 bytes/) as string };
  await expect(readText(bodyOf(['12345', '67890']), 9)).rejects.toMatchObject(tooLong);
  await expect(readText(bodyOf(['12345', '67890']), 10)).resolves.toBe('1234567890');
});

it('beyond its limit only once it is decompressed is refused as well', async () => {
  const bomb = gzipSync('0'.repeat(1e6));
  await expect(readText(bodyOf([bomb], GZIP), 999_999)).rejects.toMatchObject({ kind: 'too_large' });
  await expect(readText(bodyOf([bomb], GZIP), 1e6)).resolves.toHaveLength(1e6);
});

it.each([
  ['one byte', 'x'],
  ['what compresses well', 'x'.repeat(5e6)],
  ['what does not', Buffer.from(Array.from({ length: 3e5 }, (_, n) => (n * 2654435761) % 251)).toString('latin1')],
])('%s is decompressed whole', async (_, text) => {
  const bytes = gzipSync(text);
  const half = Math.floor(bytes.length / 2);
  await expect(readText(bodyOf([bytes.subarray(0, half), bytes.subarray(half)], GZIP), 1e7)).resolves.toBe(text);
});

it.each([
  ['lies about its length', (bytes: Buffer) => bytes.fill(0xff, bytes.length - 4)],
  ['ends in the middle', (bytes: Buffer) => bytes.subarray(0, bytes.length - 20)],
  ['is no gzip', () => Buffer.from('{"values": []}')],
])('gzip that %s is an error, not an answer', async (_, spoil) => {
  const bytes = spoil(gzipSync(JSON.stringify({ text: 'x'.repeat(1000) })));
  await expect(readJson(answer([bytes], GZIP))).rejects.toThrow();
});

it('that is HTML is told by its title', async () => {
  await expect(readJson(answer([`<html><title> Log in, ${'x'.repeat(70)}SECRET </title>`]))).rejects.toMatchObject({
    kind: 'unexpected_answer',
    message: `the answer was 200 with a page for people (HTML), titled "Log in, ${'x'.repeat(70)}**…"`,
  });
});

it('that is HTML shows no part of a secret in its title that has an angle in it', async () => {
  await expect(readJson(answer(['<html><title>No: SEC<RET</title>']))).rejects.toMatchObject({
    message: 'the answer was 200 with a page for people (HTML), titled "No: ****"',
  });
});

it('that is empty is no answer, unless it was announced (204)', async () => {
  await expect(readJson(answer([' \n']))).rejects.toMatchObject({ message: 'the answer was 200 with an empty body' });
  await expect(readJson(answer([], {}, 204))).resolves.toBeNull();
});
