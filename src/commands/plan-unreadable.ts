import type { RepositoryReference } from '../bitbucket/api/bitbucket';
import { BitbucketError, isFatal, isKind } from '../bitbucket/errors';
import type { Config } from '../config/config';
import { NAMED, remedyForAll } from '../diagnosis/try-each';

/** What a plan looks at in a repository. */
type Part = 'pull requests' | 'commits' | 'activities' | 'diffs';

interface Trouble {
  readonly repository: string;
  readonly part: Part;
  readonly error: BitbucketError;
}

/** What could not be looked at while a plan was made: the plan does without it, and says so. */
export class Unreadable {
  private readonly troubles: Trouble[] = [];

  /** Takes a failure, and gives null in place of what failed; what ends a run is thrown. */
  note(part: Part, { fullName }: RepositoryReference): (error: unknown) => null {
    return (error) => {
      if (!(error instanceof BitbucketError) || isFatal(error)) throw error;
      // What hangs on one pull request may be its own trouble, unless it is a matter of permission.
      const isOfRepository = part === 'pull requests' || part === 'commits' || isKind(error, 'forbidden');
      if (isOfRepository && !this.troubles.some(({ repository }) => repository === fullName))
        this.troubles.push({ repository: fullName, part, error });
      return null;
    };
  }

  /** A line for each cause: a few of the repositories, why, and what to do. */
  warnings(config: Config): string[] {
    const byCause = new Map<string, Trouble[]>();
    for (const trouble of this.troubles) {
      const cause = `${trouble.part} ${trouble.error.kind}`;
      byCause.set(cause, [...(byCause.get(cause) ?? []), trouble]);
    }
    return [...byCause.values()].map((same) => warningOf(same, config));
  }
}

function warningOf(troubles: readonly Trouble[], config: Config): string {
  const [{ part, error }] = troubles as [Trouble];
  const names = troubles.map(({ repository }) => repository);
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  const whose = names.slice(0, NAMED).join(', ') + more;
  return `The ${part} of ${whose} cannot be read: ${error.message}. ${remedyForAll(names, error, config)}`;
}
