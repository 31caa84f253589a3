import { isKind } from '../bitbucket/errors';
import type { Bitbucket } from '../bitbucket/api/bitbucket';
import { type Config } from '../config/config';
import { selectsRepository } from '../config/filters';
import { ok, type Step } from './step';

/** For counting, in milliseconds: the rest of a very large instance is "more than". */
const PATIENCE_MS = 10_000;

/** How much there is, and how much of it passes the filters. */
export async function sizeStep(
  { filters }: Config,
  glancing: Bitbucket,
  projects: { count: number; complete: boolean },
  now: () => number,
): Promise<Step> {
  const began = now();
  let seen = 0;
  let selected = 0;
  let complete = true;
  try {
    for await (const page of glancing.repositories(true)) {
      seen += page.length;
      selected += page.filter(({ project, slug, archived }) =>
        selectsRepository(filters, project.key, slug, archived ?? null),
      ).length;
      if (now() - began > PATIENCE_MS) {
        complete = false;
        break;
      }
    }
  } catch (error) {
    if (!isKind(error, 'forbidden', 'not_found', 'no_such_route')) throw error;
    complete = false;
  }
  const some = (count: number, all: boolean, what: string) => `${all ? '' : 'more than '}${count.toLocaleString('en')} ${what}`;
  const finding = `${some(projects.count, projects.complete, 'projects')}, ${some(seen, complete, 'repositories')} visible, ${some(selected, complete, 'of these')} pass the filters; \`plan\` counts pull requests, too`;
  return ok('size', finding, { projects: projects.count, repositories: seen, selected, complete: complete && projects.complete });
}
