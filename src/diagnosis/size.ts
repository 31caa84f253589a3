import { isKind } from '../bitbucket/errors';
import type { Bitbucket } from '../bitbucket/api/bitbucket';
import { type Config } from '../config/config';
import { selectsRepository } from '../config/filters';
import { counted } from '../text/counted';
import { leftOutText, noteLeftOut, nothingLeftOut } from './left-out';
import { ok, type Step } from './step';

/** For counting, in milliseconds: the rest of a very large instance is "more than". */
const PATIENCE_MS = 10_000;

/** How much there is, and how much of it passes the filters: of all shards together. */
export async function sizeStep(
  { filters }: Config,
  glancing: Bitbucket,
  projects: { count: number; complete: boolean },
  now: () => number,
): Promise<Step> {
  const began = now();
  let seen = 0;
  let selected = 0;
  const leftOut = nothingLeftOut();
  let complete = true;
  try {
    for await (const page of glancing.repositories(true)) {
      seen += page.length;
      for (const repository of page) {
        const { project, slug, archived } = repository;
        if (selectsRepository(filters, project.key, slug, archived ?? null)) selected++;
        else noteLeftOut(leftOut, filters, repository);
      }
      if (now() - began > PATIENCE_MS) {
        complete = false;
        break;
      }
    }
  } catch (error) {
    if (!isKind(error, 'forbidden', 'not_found', 'no_such_route')) throw error;
    complete = false;
  }
  const some = (count: number, all: boolean, ...nouns: [string, string?]) =>
    `${all ? '' : 'more than '}${counted(count, ...nouns)}`;
  const missing = leftOutText(leftOut);
  const finding = `${some(projects.count, projects.complete, 'project')}, ${some(selected, complete, 'repository', 'repositories')} to read${missing === '' ? '' : `; ${missing}`}; \`plan\` counts pull requests, too`;
  return ok('size', finding, { projects: projects.count, repositories: seen, selected, complete: complete && projects.complete });
}
