import type { RestProject } from '../bitbucket/api/payloads';
import type { ProjectRecord } from '../generated/projects';
import { columnsOf } from './columns';
import { document, flag, text } from './documents';
import { snapshotStream } from './stream';

/** The projects, from `GET /projects`; personal ones from the repositories in them. */
export const projects = snapshotStream<RestProject>({
  name: 'projects',
  columns: columnsOf('projects'),
  descriptive: ['links'],
  addressOf: (project) => project.key,
  row: (project): Omit<ProjectRecord, 'changed_at' | 'deleted_at'> => ({
    id: project.id,
    key: project.key,
    name: text(project.name),
    description: text(project.description),
    public: flag(project.public),
    type: text(project.type),
    owner: document(project.owner),
    links: document(project.links),
  }),
});
