import { Git } from '../git/git';
import type { Hidden, PullRequest, Repository } from '../model';
import { PullRequests, type Synthetic } from '../pull-requests';
import { fullName, type ProjectReference, type RepositoryReference, type World } from '../world';
import { makeCommit } from './commits';
import { time, type When } from './when';

export interface NewRepository extends When {
  readonly slug: string;
  readonly name?: string;
  readonly description?: string;
  readonly public?: boolean;
  readonly forkable?: boolean;
  /** null: nothing was pushed yet. @default 'main' */
  readonly defaultBranch?: string | null;
  /** Pull requests that are made up on demand. */
  readonly synthetic?: (repository: () => Repository) => Synthetic;
}

type Edit = Partial<Pick<Repository, 'description' | 'public' | 'forkable' | 'state' | 'statusMessage' | 'name'>>;

/** Events of repositories. `decline` is what happens to open pull requests whose fork is deleted. */
export const repositories = (world: World, decline: (pullRequest: PullRequest, at: number) => void) => {
  const move = (repository: Repository, change: () => void): void => {
    const former = fullName(repository).toLowerCase();
    change();
    world.formerRepositories.set(former, repository);
    world.changed();
  };
  /** Two repositories never share an address: Bitbucket answers 409. */
  const mustBeFree = (repository: Repository, project: Repository['project'], slug: string): void => {
    const taken = world.repositories.some(
      (each) =>
        each !== repository && !each.deleted && each.project === project && each.slug.toLowerCase() === slug.toLowerCase(),
    );
    if (taken) throw new Error(`${project.key} has a repository ${slug} already`);
  };
  const add = (project: ProjectReference, options: NewRepository, origin?: Repository): Repository => {
    const { slug, name = slug, description, public: open = false, forkable = true, defaultBranch = 'main', synthetic } = options;
    if (world.findRepository(`${world.project(project).key}/${slug}`) !== undefined) throw new Error(`The slug ${slug} is taken`);
    const id = world.nextId('repository');
    const source = synthetic?.(() => repository);
    const git = new Git(defaultBranch ?? undefined, source === undefined ? undefined : (empty) => source.fill(empty));
    const repository: Repository = {
      id,
      slug,
      name,
      hierarchyId: origin?.hierarchyId ?? world.nextHash('hierarchy', slug, ...world.instance).slice(0, 20),
      project: world.project(project),
      public: open,
      forkable,
      archived: false,
      state: 'AVAILABLE',
      statusMessage: 'Available',
      git,
      hidden: false,
      deleted: false,
      pullRequests: new PullRequests(() => world.revision, source),
    };
    if (description !== undefined) repository.description = description;
    if (origin !== undefined) repository.origin = origin;
    if (origin !== undefined) git.copy(origin.git);
    if (source === undefined && defaultBranch !== null) begin(world, repository, defaultBranch, time(world, options));
    world.addRepository(repository);
    return repository;
  };
  return {
    createRepository: (project: ProjectReference, options: NewRepository): number => add(project, options).id,

    forkRepository(origin: RepositoryReference, project: ProjectReference, options: Partial<NewRepository> = {}): number {
      const from = world.repository(origin);
      return add(project, { slug: from.slug, name: from.name, defaultBranch: from.git.defaultBranch ?? null, ...options }, from)
        .id;
    },

    renameRepository(repository: RepositoryReference, to: { readonly slug: string; readonly name?: string }): void {
      const found = world.repository(repository);
      mustBeFree(found, found.project, to.slug);
      move(found, () => Object.assign(found, { slug: to.slug, name: to.name ?? to.slug }));
    },

    moveRepository(repository: RepositoryReference, project: ProjectReference): void {
      const [found, to] = [world.repository(repository), world.project(project)];
      mustBeFree(found, to, found.slug);
      move(found, () => Object.assign(found, { project: to }));
    },

    editRepository(repository: RepositoryReference, edit: Edit): void {
      Object.assign(world.repository(repository), edit);
      world.changed();
    },

    archiveRepository(repository: RepositoryReference): void {
      world.repository(repository).archived = true;
      world.changed();
    },

    unarchiveRepository(repository: RepositoryReference): void {
      world.repository(repository).archived = false;
      world.changed();
    },

    /** Open pull requests that come from it are declined by the server. */
    deleteRepository(repository: RepositoryReference, when: When = {}): void {
      const found = world.repository(repository);
      for (const { pullRequests, deleted } of world.repositories) {
        if (deleted || pullRequests === found.pullRequests) continue;
        for (const each of [...pullRequests.touched()]) {
          if (each.from.repository === found && each.state === 'OPEN') decline(each, time(world, when));
        }
      }
      found.deleted = true;
      world.changed();
    },

    /** The account loses the permission. `answer`: what the repository's own address says from now on. @default 404 */
    hideRepository(repository: RepositoryReference, answer: Exclude<Hidden, false> = 404): void {
      world.repository(repository).hidden = answer;
      world.changed();
    },

    showRepository(repository: RepositoryReference): void {
      world.repository(repository).hidden = false;
      world.changed();
    },
  };
};

/** The first commit of a repository, on its default branch. */
const begin = (world: World, { git }: Repository, branch: string, at: number): void => {
  if (git.branches.has(branch)) return;
  git.setBranch(branch, git.tip ?? makeCommit(world, [], { message: 'Initial commit' }, world.users[0]!, at));
};
