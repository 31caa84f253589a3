import type { InstanceDocuments } from './documents/instance';
import type { Project, PullRequest, Repository } from './model';
import type { Settings } from './routes';
import { activityRow } from './truth/activities';
import { commitRows, pullRequestCommitRows } from './truth/commits';
import { diffRow } from './truth/diffs';
import { Selection, type TruthFilter } from './truth/filter';
import { projectRow, repositoryRow, userRow } from './truth/instance';
import { wellFormed } from './truth/nested';
import { pullRequestRow } from './truth/pull-requests';
import { branchRows, tagRows } from './truth/refs';
import { visible, type World } from './world';

export type { TruthFilter } from './truth/filter';

export type StreamName =
  | 'projects'
  | 'repositories'
  | 'users'
  | 'pull_requests'
  | 'pull_request_activities'
  | 'pull_request_diffs'
  | 'pull_request_commits'
  | 'branches'
  | 'tags'
  | 'commits';

/** A record, without `changed_at`, which only the connector's clock knows. */
export type Row = Record<string, unknown>;

/** What a fresh read at this moment must emit, from the model. */
export class Truth {
  private readonly world: World;

  constructor(
    private readonly instance: InstanceDocuments,
    private readonly settings: Settings,
  ) {
    this.world = instance.world;
  }

  /** All rows of a stream, in no promised order. */
  rows(stream: StreamName, filter: TruthFilter = {}): Row[] {
    return [...this.iterate(stream, filter)];
  }

  /** The same one by one, for large data sets. */
  *iterate(stream: StreamName, filter: TruthFilter = {}): Generator<Row> {
    for (const row of this.made(stream, filter)) yield wellFormed(row);
  }

  private *made(stream: StreamName, filter: TruthFilter): Generator<Row> {
    const { instance, settings } = this;
    const selection = new Selection(filter);
    switch (stream) {
      case 'projects':
        for (const project of this.projects(selection)) yield projectRow(instance, project);
        break;
      case 'repositories':
        for (const repository of this.repositories(selection)) yield repositoryRow(instance, repository);
        break;
      case 'users':
        if (settings.usersListing === 'forbidden') break;
        for (const user of this.world.users) {
          const known = user.active || (filter.inactiveUsers === true && !user.deleted);
          if (known && user.type === 'NORMAL') yield userRow(instance, user, settings.usersListing === 'admin' && user.active);
        }
        break;
      case 'pull_requests':
        for (const pullRequest of this.pullRequests(selection)) yield pullRequestRow(instance, pullRequest);
        break;
      case 'pull_request_activities':
        for (const pullRequest of this.pullRequests(selection)) {
          for (const activity of pullRequest.activities) yield activityRow(instance, pullRequest, activity);
        }
        break;
      case 'pull_request_diffs':
        for (const pullRequest of this.pullRequests(selection)) yield diffRow(instance, pullRequest);
        break;
      case 'pull_request_commits':
        for (const pullRequest of this.pullRequests(selection)) yield* pullRequestCommitRows(pullRequest);
        break;
      case 'branches':
        for (const repository of this.available(selection)) yield* branchRows(repository);
        break;
      case 'tags':
        for (const repository of this.available(selection)) yield* tagRows(repository);
        break;
      case 'commits':
        for (const repository of this.available(selection)) yield* commitRows(repository, selection);
        break;
    }
  }

  private *projects(selection: Selection): Generator<Project> {
    for (const project of this.world.visibleProjects()) {
      const found =
        project.owner === undefined ||
        selection.names(project) ||
        this.world.repositories.some((each) => each.project === project && visible(each));
      if (found && selection.project(project)) yield project;
    }
  }

  private *repositories(selection: Selection): Generator<Repository> {
    for (const repository of this.world.visibleRepositories()) if (selection.repository(repository)) yield repository;
  }

  private *available(selection: Selection): Generator<Repository> {
    for (const repository of this.repositories(selection)) if (repository.state === 'AVAILABLE') yield repository;
  }

  private *pullRequests(selection: Selection): Generator<PullRequest> {
    for (const repository of this.available(selection)) {
      for (const id of repository.pullRequests.ids('ALL')) {
        const found = repository.pullRequests.get(id);
        if (found !== undefined && selection.pullRequest(found)) yield found;
      }
    }
  }
}
