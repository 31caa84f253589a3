import type { InstanceDocuments } from '../documents/instance';
import type { Project, Repository, User } from '../model';
import { fullName } from '../world';
import type { Row } from '../truth';
import { nested } from './nested';

export const projectRow = (instance: InstanceDocuments, project: Project): Row => ({
  id: project.id,
  key: project.key,
  name: project.name,
  description: project.description ?? null,
  public: project.owner === undefined ? project.public : null,
  type: project.owner === undefined ? 'NORMAL' : 'PERSONAL',
  owner: project.owner === undefined ? null : nested(instance.user(project.owner)),
  links: nested(instance.project(project)['links']),
  deleted_at: null,
});

export const repositoryRow = (instance: InstanceDocuments, repository: Repository): Row => {
  const { features } = instance.world;
  const { id, slug, name, project, origin } = repository;
  return {
    id,
    slug,
    name,
    description: repository.description ?? null,
    project_id: project.id,
    project_key: project.key,
    full_name: fullName(repository),
    hierarchy_id: features.hierarchyId ? repository.hierarchyId : null,
    scm_id: 'git',
    state: repository.state,
    status_message: repository.statusMessage,
    forkable: repository.forkable,
    public: repository.public,
    archived: features.archive ? repository.archived : null,
    default_branch: repository.state === 'AVAILABLE' ? (repository.git.defaultBranch ?? null) : null,
    origin_id: origin === undefined || origin.deleted ? null : origin.id,
    links: nested(instance.repository(repository)['links']),
    deleted_at: null,
  };
};

export const userRow = (instance: InstanceDocuments, user: User, detailed: boolean): Row => ({
  id: user.id,
  name: user.name,
  slug: user.slug,
  display_name: user.displayName,
  email_address: user.emailAddress ?? null,
  active: user.active,
  type: user.type,
  directory_name: detailed ? 'Bitbucket Internal Directory' : null,
  links: nested(instance.user(user)['links']),
  deleted_at: null,
});
