import type { Simulator } from '../../simulator';
import { client } from '../../simulator/client';

/** The path of a repository's list of pull requests. */
export function listOf(repository: number, state: 'ALL' | 'OPEN'): (simulator: Simulator) => string {
  return ({ world }) => {
    const { project, slug } = world.repository(repository);
    return `/projects/${project.key}/repos/${slug}/pull-requests?state=${state}`;
  };
}

/** From now on the server gives this list changed. */
export async function corrupt(
  simulator: Simulator,
  path: (simulator: Simulator) => string,
  change: (values: any[]) => any[],
): Promise<void> {
  const url = path(simulator);
  const { body } = await client(simulator).get(`${url}&order=NEWEST&limit=1000`);
  const values = change(body.values as any[]);
  simulator.faults.add({
    kind: 'wrong-shape',
    path: new RegExp(url.replace('?', '\\?')),
    body: JSON.stringify({ ...body, values, size: values.length, isLastPage: true }),
  });
}
