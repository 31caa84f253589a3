import { setTimeout as sleep } from 'node:timers/promises';
import { Channel } from '../../src/airbyte/channel';

it('gives what was pushed, in order, before and while somebody reads', async () => {
  const channel = new Channel<number>();
  void channel.push(1);
  void (async () => {
    for (let n = 2; n <= 5; n++) {
      await sleep(1);
      void channel.push(n);
    }
    channel.close();
  })();
  const read: number[] = [];
  for await (const value of channel) read.push(value);
  expect(read).toEqual([1, 2, 3, 4, 5]);
});

it('makes whoever pushes wait while a thousand values wait', async () => {
  const channel = new Channel<number>();
  for (let n = 1; n < 1000; n++) expect(channel.push(n)).toBeUndefined();
  const held = channel.push(1000);
  expect(held).toBeInstanceOf(Promise);
  const iterator = channel[Symbol.asyncIterator]();
  for (let n = 1; n <= 1000; n++) expect((await iterator.next()).value).toBe(n);
  void iterator.next(); // asks for more: there is room again
  await held;
});

it('ends with the error, after what came before it', async () => {
  const channel = new Channel<number>();
  void channel.push(1);
  channel.fail(new Error('over'));
  channel.close();
  const read: number[] = [];
  const reading = (async () => {
    for await (const value of channel) read.push(value);
  })();
  await expect(reading).rejects.toThrow('over');
  expect(read).toEqual([1]);
});
