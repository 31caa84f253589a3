import { VError } from 'verror';
import { type BitbucketError, isKind } from '../../bitbucket/errors';
import type { HookScope } from '../../bitbucket/api/hooks';
import { counted } from '../../text/counted';
import { nameOf } from './scopes';

/** That something could not be looked at or changed in one place. */
export interface PlaceFailure {
  readonly scope: HookScope;
  readonly error: BitbucketError;
}

/** So many places are named of those that fail of one cause. */
const NAMED = 3;

/** One cause is one line, however many places it concerns: these, then the cause, then what to do. */
export function failureLines(failures: readonly PlaceFailure[]): string[] {
  const byCause = new Map<string, PlaceFailure[]>();
  for (const failure of failures) {
    const cause = `${failure.error.kind} ${causeOf(failure)}`;
    byCause.set(cause, [...(byCause.get(cause) ?? []), failure]);
  }
  return [...byCause.values()].map((same) => lineOf(same));
}

function lineOf(failures: readonly PlaceFailure[]): string {
  const [first] = failures as [PlaceFailure];
  const names = failures.slice(0, NAMED).map(({ scope }) => nameOf(scope));
  const more = failures.length - names.length;
  const places = more === 0 ? names.join(', ') : `${names.join(', ')} and ${counted(more, 'more place', 'more places')}`;
  return `cannot  ${places}: ${failures.length === 1 ? first.error.message : causeOf(first)}.${remedyFor(first.error)}`;
}

/** What came back, without what was asked; what names the place in it says nothing of the cause. */
function causeOf({ scope, error }: PlaceFailure): string {
  const text = VError.cause(error)?.message ?? error.message;
  const { key, slug } = scope;
  return slug === undefined ? text : text.replaceAll(`${key}/${slug}`, 'the repository');
}

function remedyFor(error: BitbucketError): string {
  return isKind(error, 'forbidden', 'not_found')
    ? ' Webhooks need the permission to administer the repository or the project: run the command with a token of somebody who has it, such as {"credentials": {"auth_type": "token", "token": "…"}} in a configuration of its own.'
    : '';
}
