import { setTimeout as sleep } from 'node:timers/promises';
import { taken, TaskPool } from '../../src/sync/task-pool';

it('runs as many as it may at once, in the order they came', async () => {
  const pool = new TaskPool(3, 100);
  let running = 0;
  let most = 0;
  const begun: number[] = [];
  for (let n = 0; n < 20; n++) {
    await pool.add(async () => {
      begun.push(n);
      most = Math.max(most, ++running);
      await sleep(2);
      running--;
    });
  }
  await pool.drain();
  expect({ most, running, begun }).toEqual({ most: 3, running: 0, begun: Array.from({ length: 20 }, (_, n) => n) });
});

it('makes whoever adds wait while as many wait as may', async () => {
  const pool = new TaskPool(1, 2);
  const ends: (() => void)[] = [];
  const task = () => new Promise<void>((resolve) => ends.push(resolve));
  await pool.add(task);
  await pool.add(task);
  await pool.add(task);
  const fourth = pool.add(task).then(() => 'added');
  expect(await Promise.race([fourth, sleep(20, 'waits')])).toBe('waits');
  ends.shift()?.();
  expect(await fourth).toBe('added');
});

it('stops at the first failure, lets what runs end, and tells of it', async () => {
  const pool = new TaskPool(2, 100);
  const done: string[] = [];
  await pool.add(async () => {
    await sleep(20);
    done.push('slow');
  });
  await pool.add(() => Promise.reject(new Error('first')));
  await pool.add(() => Promise.resolve(void done.push('never'))).catch(() => undefined);
  await expect(pool.drain()).rejects.toThrow('first');
  expect(done).toEqual(['slow']);
  await expect(pool.add(() => Promise.resolve())).rejects.toThrow('first');
});

it('tells whoever adds of a failure only when all that ran has ended: from then on nothing more is done', async () => {
  const pool = new TaskPool(2, 0);
  const done: string[] = [];
  await pool.add(async () => {
    await sleep(30);
    done.push('slow');
  });
  await pool.add(() => sleep(5).then(() => Promise.reject(new Error('first'))));
  await expect(pool.add(() => Promise.resolve(void done.push('never')))).rejects.toThrow('first');
  expect(done).toEqual(['slow']);
});

it('is drained at once where there is nothing to do', async () => {
  await expect(new TaskPool(1, 0).drain()).resolves.toBeUndefined();
});

it('a list is given in order, and holds what was given no longer', () => {
  const queue = ['a', 'b', 'c'];
  const given = taken(queue);
  expect(given.next().value).toBe('a');
  expect(queue).toEqual(['b', 'c']);
  expect([...given]).toEqual(['b', 'c']);
  expect(queue).toEqual([]);
});
