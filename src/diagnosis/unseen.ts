import { BitbucketError, isFatal, isKind } from '../bitbucket/errors';
import { NamedRepositories } from '../config/unseen-names';
import { askFor, type Known, nameOf, orNull } from './candidates';
import { warningOfUnknown } from './filter-explanation';

/** More repositories are not asked for one by one: a sync, which lists them all, tells of the others. */
const MAX_ASKED = 10;

/** What the filters name outright and the account does not see, in sentences. Asks for each of a few repositories. @throws BitbucketError */
export async function warningsOfUnseen(known: Known): Promise<string[]> {
  const projects = warningOfUnknown(known.filters, known);
  return [...(projects === null ? [] : [projects]), ...(await unseenRepositories(known))];
}

async function unseenRepositories(known: Known): Promise<string[]> {
  const { glancing, filters } = known;
  const asked = filters.repositories.filter(({ text }) => !text.includes('*')).slice(0, MAX_ASKED);
  const named = new NamedRepositories({ ...filters, repositories: asked });
  const unseen: string[] = [];
  for (const { text } of asked) {
    if (!named.isUnseen(text)) continue;
    const [key = '', slug = ''] = text.replace(/^!/, '').split('/');
    try {
      const { project, slug: found, archived } = await askFor(known, { key, slug });
      if (filters.includeArchived || archived !== true) named.see(project.key, found);
    } catch (error) {
      if (!(error instanceof BitbucketError) || isFatal(error)) throw error;
      if (!isKind(error, 'not_found', 'forbidden'))
        named.see(key, slug); // nobody knows
      else unseen.push(key);
    }
  }
  const [project] = unseen;
  return named.warnings(project === undefined ? [] : await namesIn(glancing, project));
}

/** Some of what there is in a project, to guess what was meant. */
async function namesIn(glancing: Known['glancing'], project: string): Promise<string[]> {
  const first = await orNull(glancing.repositoriesOf(project, true).next());
  return first === null || first.done === true ? [] : first.value.map(nameOf);
}
