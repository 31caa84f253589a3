import type { Build } from '../model';
import type { World } from '../world';
import type { Document } from './json';
import type { InstanceDocuments } from './instance';

/** How many builds of a commit the server remembers. */
const KEPT = 100;

/** The builds of a commit that the server tells of, the newest first. */
export const buildsOf = ({ builds }: World, commit: string): readonly Build[] =>
  [...(builds.get(commit)?.values() ?? [])]
    .reverse()
    .sort((a, b) => b.updatedDate - a.updatedDate)
    .slice(0, KEPT);

/** A build as lists of a commit's builds tell it. */
export const buildStatusDocument = ({ state, key, name, url, description, updatedDate }: Build): Document => ({
  state,
  key,
  name,
  url,
  description,
  dateAdded: updatedDate,
});

/** A build with all that is known of it. */
export const buildDocument = (instance: InstanceDocuments, build: Build): Document => {
  const { key, state, url, name, description, number, ref, parent, duration, tests, createdDate, updatedDate, repository } =
    build;
  return {
    key,
    state,
    url,
    name,
    description,
    buildNumber: number,
    ref,
    parent,
    duration,
    testResults: tests,
    createdDate,
    updatedDate,
    projectKey: repository.project.key,
    repositorySlug: repository.slug,
    repository: instance.world.features.buildRepository ? instance.repository(repository) : undefined,
    ...instance.extra('build'),
  };
};

/** How many there are of each kind, as far as the version tells kinds apart. */
export const statsDocument = (world: World, commit: string): Document => {
  const list = buildsOf(world, commit);
  const count = (state: Build['state']): number => list.filter((build) => build.state === state).length;
  return {
    successful: count('SUCCESSFUL'),
    inProgress: count('INPROGRESS'),
    failed: count('FAILED'),
    ...(world.features.cancelledBuilds ? { cancelled: count('CANCELLED'), unknown: count('UNKNOWN') } : {}),
  };
};
