import type { Bitbucket } from '../../bitbucket/api/bitbucket';
import type { HookScope } from '../../bitbucket/api/hooks';
import { BitbucketError, isFatal, isKind } from '../../bitbucket/errors';
import { type Filters, selectsRepository } from '../../config/filters';
import { isJson } from '../../config/json';
import { nameOf } from '../hooks/scopes';
import { type CheckStep, failed, ok, warning } from './check-step';

const NAME = 'test by Bitbucket';

/** Has Bitbucket send its own test, which is not signed: it shows that the server reaches the receiver. */
export async function serverTest(bitbucket: Bitbucket, filters: Filters, url: string): Promise<CheckStep> {
  const scope = await someRepository(bitbucket, filters);
  if (scope === null)
    return warning(NAME, 'no repository is visible to test it from', 'Look at the filters, `projects` and `repositories`.');
  try {
    const status = statusOf(await bitbucket.webhooks.test(scope, url));
    const way = `Bitbucket has sent its test for ${nameOf(scope)}`;
    if (status === null)
      return warning(NAME, `${way}, and does not say what came of it`, 'The log of `serve` shows whether it arrived.');
    if (status === 200) return ok(NAME, `${way}, and was answered with 200`);
    return failed(
      NAME,
      `${way}, and was answered with ${status}`,
      'That is not what `serve` answers to it: see what listens at that URL, and what lies between.',
    );
  } catch (error) {
    if (isFatal(error) || !(error instanceof BitbucketError)) throw error;
    const { message } = error;
    if (isKind(error, 'forbidden', 'not_found', 'no_such_route'))
      return warning(
        NAME,
        `this account may not have Bitbucket send one (${message})`,
        'It needs the permission to administer a repository: run this with a token of somebody who has it. What follows is tried from here.',
      );
    return failed(
      NAME,
      `Bitbucket could not send one: ${message}`,
      'See that the Bitbucket server resolves the name, reaches the port and trusts the certificate.',
    );
  }
}

async function someRepository(bitbucket: Bitbucket, filters: Filters): Promise<HookScope | null> {
  for await (const page of bitbucket.repositories(filters.includeArchived)) {
    for (const { project, slug, archived } of page)
      if (selectsRepository(filters, project.key, slug, archived ?? null)) return { key: project.key, slug };
  }
  return null;
}

/** The status that the receiver answered, wherever a version puts it; null: it does not say. */
function statusOf(answer: unknown): number | null {
  if (!isJson(answer)) return null;
  for (const found of [answer.statusCode, isJson(answer.response) ? answer.response.statusCode : undefined])
    if (typeof found === 'number') return found;
  const description = isJson(answer.result) ? answer.result.description : undefined;
  const status = typeof description === 'string' ? Number(/^\d{3}$/.exec(description)?.[0] ?? NaN) : NaN;
  return Number.isNaN(status) ? null : status;
}
