import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

test('as a process of its own it tells where it is, answers calls, and ends with its input', async () => {
  const child = spawn(
    process.execPath,
    ['-r', '@swc-node/register', join(__dirname, 'main.ts'), '--dataset', 'tiny', '--context', '/bitbucket'],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<any> => JSON.parse((await lines.next()).value as string) as unknown;
  const call = async (text: object): Promise<any> => {
    child.stdin.write(`${JSON.stringify(text)}\n`);
    return next();
  };
  const { url, credentials } = await next();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/bitbucket$/);
  const answer = await fetch(`${url as string}/rest/api/1.0/projects/PR`, {
    headers: { Authorization: `Bearer ${credentials.token as string}` },
  });
  expect(await answer.json()).toMatchObject({ key: 'PR' });
  expect(await call({ call: 'history.comment', arguments: [{ repositoryId: 1, id: 4 }, { user: 'carol' }] })).toEqual({
    result: expect.any(Number) as number,
  });
  expect((await call({ call: 'truth.rows', arguments: ['projects'] })).result).toHaveLength(3);
  expect(await call({ call: 'requests' })).toEqual({ result: { count: 1, maxInFlight: 1, routes: { project: 1 } } });
  expect(await call({ call: 'history.nothing' })).toEqual({ error: 'There is no event nothing' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.stdin.end();
  expect(await ended).toBe(0);
});
