import type { RestRepository } from '../bitbucket/api/payloads';
import { type Filters, selectsRepository } from '../config/filters';

/** Repositories that are not read, by what leaves them out. */
export interface LeftOut {
  personal: number;
  archived: number;
  /** By `projects` or `repositories`. */
  others: number;
  /** They pass the filters, and another connection reads them. */
  otherShards: number;
}

/** None yet. */
export function nothingLeftOut(): LeftOut {
  return { personal: 0, archived: 0, others: 0, otherShards: 0 };
}

/** Counts one that is not read, under the switch that would let it in by itself. */
export function noteLeftOut(leftOut: LeftOut, filters: Filters, { project, slug, archived }: RestRepository): void {
  const passes = (changed: Partial<Filters>) =>
    selectsRepository({ ...filters, ...changed }, project.key, slug, archived ?? null);
  if (passes({})) leftOut.otherShards++;
  else if (passes({ includePersonalProjects: true })) leftOut.personal++;
  else if (passes({ includeArchived: true })) leftOut.archived++;
  else leftOut.others++;
}

/** `left out: 2 personal (include_personal_projects)`; empty where none is. */
export function leftOutText({ personal, archived, others, otherShards }: LeftOut): string {
  const parts = [
    personal > 0 && `${personal.toLocaleString('en')} personal (include_personal_projects)`,
    archived > 0 && `${archived.toLocaleString('en')} archived (include_archived)`,
    others > 0 && `${others.toLocaleString('en')} by the filters`,
    otherShards > 0 && `${otherShards.toLocaleString('en')} of other shards (shard_index)`,
  ];
  const text = parts.filter(Boolean).join(', ');
  return text === '' ? '' : `left out: ${text}`;
}
