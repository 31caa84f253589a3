import type { RestRepository } from '../bitbucket/api/payloads';
import { type Filters, selectsRepository } from '../config/filters';

/** Repositories that are not read, by what leaves them out. */
export interface LeftOut {
  personal: number;
  archived: number;
  /** By `projects`, `repositories`, or because another shard reads them. */
  others: number;
}

/** None yet. */
export function nothingLeftOut(): LeftOut {
  return { personal: 0, archived: 0, others: 0 };
}

/** Counts one that is not read, under the switch that would let it in by itself. */
export function noteLeftOut(leftOut: LeftOut, filters: Filters, { project, slug, archived }: RestRepository): void {
  const passes = (changed: Partial<Filters>) =>
    selectsRepository({ ...filters, ...changed }, project.key, slug, archived ?? null);
  if (!passes({}) && passes({ includePersonalProjects: true })) leftOut.personal++;
  else if (!passes({}) && passes({ includeArchived: true })) leftOut.archived++;
  else leftOut.others++;
}

/** `left out: 2 personal (include_personal_projects)`; empty where none is. */
export function leftOutText({ personal, archived, others }: LeftOut): string {
  const parts = [
    personal > 0 && `${personal.toLocaleString('en')} personal (include_personal_projects)`,
    archived > 0 && `${archived.toLocaleString('en')} archived (include_archived)`,
    others > 0 && `${others.toLocaleString('en')} by the filters`,
  ];
  const text = parts.filter(Boolean).join(', ');
  return text === '' ? '' : `left out: ${text}`;
}
