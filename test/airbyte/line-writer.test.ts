import { setTimeout as sleep } from 'node:timers/promises';
import { LineWriter } from '../../src/airbyte/line-writer';

/** A reader that takes each write when it is told to. */
function reader() {
  const taken: string[] = [];
  const waiting: { take: () => void; fail: (error: Error) => void }[] = [];
  const broken: Error[] = [];
  const writer = new LineWriter(
    (bytes) =>
      new Promise((resolve, reject) => {
        const text = bytes.toString();
        waiting.push({
          take: () => {
            taken.push(text);
            resolve();
          },
          fail: reject,
        });
      }),
    (error) => broken.push(error),
  );
  const next = async () => {
    for (let n = 0; n < 100 && waiting.length === 0; n++) await sleep(2);
    return waiting.shift()!;
  };
  return { writer, taken, waiting, broken, next };
}

it('writes lines whole and in order, many at once', async () => {
  const { writer, taken, next } = reader();
  for (let n = 0; n < 1000; n++) void writer.write(`line ${n}`);
  const flushed = writer.flush();
  (await next()).take();
  await flushed;
  expect(taken).toHaveLength(1);
  expect(taken[0]).toBe(Array.from({ length: 1000 }, (_, n) => `line ${n}\n`).join(''));
});

it('writes lines of any length and any alphabet, short ones between long ones', async () => {
  const { writer, taken, next } = reader();
  const lines = Array.from({ length: 60 }, (_, n) =>
    ['z', 'ü', '漢', '🙂'][n % 4]!.repeat([7, 30_000, 90_000, 300_000][(n * 7) % 4]! + n),
  );
  for (const line of lines) void writer.write(line);
  const flushed = writer.flush().then(() => null);
  for (let write = await next(); ;) {
    write.take();
    const following = await Promise.race([next(), flushed]);
    if (following === null) break;
    write = following;
  }
  expect(taken.join('')).toBe(lines.map((line) => `${line}\n`).join(''));
});

it('writes a lonely line soon, without being asked to', async () => {
  const { writer, taken, next } = reader();
  void writer.write('hello');
  (await next()).take();
  expect(taken).toEqual(['hello\n']);
});

it('never has two writes under way, so that no line cuts another', async () => {
  const { writer, waiting, taken, next } = reader();
  for (let n = 0; n < 20; n++) void writer.write('x'.repeat(20_000));
  await sleep(60);
  expect(waiting).toHaveLength(1);
  const flushed = writer.flush();
  for (let n = 0; n < 10 && taken.join('').length < 400_000; n++) (await next()).take();
  await flushed;
  expect(taken.join('')).toBe(`${'x'.repeat(20_000)}\n`.repeat(20));
});

it('makes whoever writes wait while the reader is a megabyte behind, and no sooner', async () => {
  const { writer, next } = reader();
  const line = 'x'.repeat(99_999);
  const answers: (Promise<void> | undefined)[] = [];
  for (let n = 0; n < 12; n++) answers.push(writer.write(line));
  expect(answers.slice(0, 10).every((answer) => answer === undefined)).toBe(true);
  const held = answers[11];
  expect(held).toBeInstanceOf(Promise);
  const isFree = () => Promise.race([held?.then(() => true), sleep(20, false)]);
  expect(await isFree()).toBe(false);
  while (!(await isFree())) (await next()).take();
});

it('tells once that the reader has gone, and drops what comes after', async () => {
  const { writer, broken, waiting, next } = reader();
  void writer.write('one');
  (await next()).fail(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  await sleep(5);
  expect(writer.write('two')).toBeUndefined();
  await writer.flush();
  expect(broken.map(({ message }) => message)).toEqual(['write EPIPE']);
  expect(waiting).toEqual([]);
});

it('takes nothing more once it is closed, and has written what it took', async () => {
  const { writer, taken, next } = reader();
  void writer.write('last');
  const closed = writer.close();
  void writer.write('too late');
  (await next()).take();
  await closed;
  await sleep(40);
  expect(taken).toEqual(['last\n']);
});
