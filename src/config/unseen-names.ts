import { withGuesses } from '../text/nearest';
import { type Filters, matchesProject, type RepositoryPattern } from './filters';

/** The repositories that the filters name outright, of which some were seen. Give it all that the account sees, then ask. */
export class NamedRepositories {
  private readonly unseen: Set<RepositoryPattern>;
  private readonly names: string[] = [];

  constructor(private readonly filters: Filters) {
    this.unseen = new Set(filters.repositories.filter((pattern) => isOutright(filters, pattern)));
  }

  /** Whether this one, as the filter has it, was not seen yet. */
  isUnseen(text: string): boolean {
    return [...this.unseen].some((pattern) => pattern.text === text);
  }

  /** Takes one that the account sees. */
  see(key: string, slug: string): void {
    if (this.unseen.size === 0) return;
    this.names.push(`${key}/${slug}`);
    for (const pattern of this.unseen) if (pattern.project.test(key) && pattern.slug.test(slug)) this.unseen.delete(pattern);
  }

  /** What was never seen, in sentences. @param names of what there is, to guess what was meant; those that were seen if absent */
  warnings(names: readonly string[] = this.names): string[] {
    const { includeArchived } = this.filters;
    const named = [...this.unseen].filter(({ excludes }) => !excludes).map(({ text }) => text);
    const excluded = [...this.unseen].filter(({ excludes }) => excludes).map(({ text }) => text.slice(1));
    const archived = includeArchived ? '' : ', archived (include_archived is false)';
    return [
      ...(named.length === 0
        ? []
        : [
            `repositories names ${withGuesses(named, names)}, which the account does not see: misspelt, gone${archived}, or a permission is missing. The others are read.`,
          ]),
      ...(excluded.length === 0
        ? []
        : [
            `repositories leaves out ${withGuesses(excluded, names)}, which the account does not see: if it is misspelt, what was meant is read.`,
          ]),
    ];
  }
}

/** A project that `projects` rules out is not looked at, and another message tells of that. */
function isOutright(filters: Filters, { text }: RepositoryPattern): boolean {
  return (
    !text.includes('*') &&
    matchesProject({ ...filters, includePersonalProjects: true }, text.replace(/^!/, '').split('/')[0] ?? '')
  );
}

/** That `projects` names these, and the account does not see them. @param keys of what there is, to guess what was meant */
export function warningOfProjects(unseen: readonly string[], keys: readonly string[]): string {
  return `projects names ${withGuesses(unseen, keys)}, which the account does not see: misspelt, or a permission is missing. The others are read.`;
}
