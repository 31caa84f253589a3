import type { Hidden, Project } from '../model';
import { fullName, type ProjectReference, type UserReference, type World } from '../world';

export interface NewProject {
  readonly key: string;
  readonly name?: string;
  readonly description?: string;
  readonly public?: boolean;
}

/** Events of projects. */
export const projects = (world: World) => {
  const add = (project: Project): number => {
    world.projects.push(project);
    world.changed();
    return project.id;
  };
  const events = {
    createProject({ key, name = key, description, public: open = false }: NewProject): number {
      if (world.findProject(key) !== undefined) throw new Error(`The project key ${key} is taken`);
      const project: Project = { id: world.nextId('project'), key, name, public: open, hidden: false, deleted: false };
      if (description !== undefined) project.description = description;
      return add(project);
    },

    /** The project that a person's own repositories live in: `~slug`. */
    createPersonalProject(user: UserReference): number {
      const owner = world.user(user);
      const key = `~${owner.slug}`;
      return add({
        id: world.nextId('project'),
        key,
        name: owner.displayName,
        public: false,
        owner,
        hidden: false,
        deleted: false,
      });
    },

    renameProject(project: ProjectReference, name: string): void {
      world.project(project).name = name;
      world.changed();
    },

    editProject(project: ProjectReference, edit: { readonly description?: string; readonly public?: boolean }): void {
      const found = world.project(project);
      if (edit.description !== undefined) found.description = edit.description;
      if (edit.public !== undefined) found.public = edit.public;
      world.changed();
    },

    /** The old key's addresses redirect until somebody uses the key again. */
    changeProjectKey(project: ProjectReference, key: string): void {
      const found = world.project(project);
      world.formerProjects.set(found.key.toLowerCase(), found);
      for (const repository of world.repositories) {
        if (repository.project === found) world.formerRepositories.set(fullName(repository).toLowerCase(), repository);
      }
      found.key = key;
      world.changed();
    },

    /** With all its repositories. */
    deleteProject(project: ProjectReference): void {
      const found = world.project(project);
      for (const repository of world.repositories) if (repository.project === found) repository.deleted = true;
      found.deleted = true;
      world.changed();
    },

    /** A new project, with a new id, under a key that a project had before. */
    reuseProjectKey(key: string, name = `${key} again`): number {
      world.formerProjects.delete(key.toLowerCase());
      return events.createProject({ key, name });
    },

    /** The account loses the permission. `answer`: what the project's own address says from now on. @default 404 */
    hideProject(project: ProjectReference, answer: Exclude<Hidden, false> = 404): void {
      world.project(project).hidden = answer;
      world.changed();
    },

    showProject(project: ProjectReference): void {
      world.project(project).hidden = false;
      world.changed();
    },
  };
  return events;
};
