import { getEventListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { within } from '../../src/connection/connect';

it('a signal with a limit follows another one, and leaves nothing at it when its time is up', async () => {
  const { signal } = new AbortController();
  const limited = Array.from({ length: 20 }, () => within(5, signal));
  await delay(50);
  expect(limited.every(({ aborted }) => aborted)).toBe(true);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

it('a signal with a limit is given at once where the other one was', () => {
  expect(within(1000, AbortSignal.abort()).aborted).toBe(true);
  const controller = new AbortController();
  const limited = within(1000, controller.signal);
  controller.abort();
  expect(limited.aborted).toBe(true);
});
