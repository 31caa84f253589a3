import type { InstanceDocuments } from './documents/instance';
import type { Identity } from './authentication';
import type { Project, PullRequest, Repository } from './model';
import type { Permissions } from './permissions';
import type { Settings } from './routes';
import { activityRow } from './truth/activities';
import { buildRows } from './truth/builds';
import { commitRows, pullRequestCommitRows } from './truth/commits';
import { diffRow } from './truth/diffs';
import { Selection, type TruthFilter } from './truth/filter';
import { projectRow, repositoryRow, userRow } from './truth/instance';
import { wellFormed } from './truth/nested';
import { pullRequestRow } from './truth/pull-requests';
import { branchRows, tagRows } from './truth/refs';
import type { World } from './world';

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
  | 'commits'
  | 'builds';

/** A record, without `changed_at`, which only the connector's clock knows. */
export type Row = Record<string, unknown>;

/** What a fresh read at this moment must emit, from the model. */
export class Truth {
  private readonly world: World;

  constructor(
    private readonly instance: InstanceDocuments,
    private readonly settings: Settings,
    private readonly permissions: Permissions,
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
    const identities = this.identities(filter);
    switch (stream) {
      case 'projects':
        for (const project of this.projects(selection, identities)) yield projectRow(instance, project);
        break;
      case 'repositories':
        for (const repository of this.repositories(selection, identities)) yield repositoryRow(instance, repository);
        break;
      case 'users':
        if (settings.usersListing === 'forbidden') break;
        for (const user of this.world.users) {
          const known = user.active || (filter.inactiveUsers === true && !user.deleted);
          if (known && user.type === 'NORMAL') yield userRow(instance, user, settings.usersListing === 'admin' && user.active);
        }
        break;
      case 'pull_requests':
        for (const pullRequest of this.pullRequests(selection, identities)) yield pullRequestRow(instance, pullRequest);
        break;
      case 'pull_request_activities':
        for (const pullRequest of this.pullRequests(selection, identities)) {
          for (const activity of pullRequest.activities) yield activityRow(instance, pullRequest, activity);
        }
        break;
      case 'pull_request_diffs':
        for (const pullRequest of this.pullRequests(selection, identities)) yield diffRow(instance, pullRequest);
        break;
      case 'pull_request_commits':
        for (const pullRequest of this.pullRequests(selection, identities)) yield* pullRequestCommitRows(pullRequest);
        break;
      case 'branches':
        for (const repository of this.available(selection, identities)) yield* branchRows(repository);
        break;
      case 'tags':
        for (const repository of this.available(selection, identities)) yield* tagRows(repository);
        break;
      case 'commits':
        for (const repository of this.available(selection, identities)) yield* commitRows(repository, selection);
        break;
      case 'builds':
        if (!settings.buildStatuses) break;
        for (const repository of this.available(selection, identities)) yield* buildRows(this.world, repository, selection);
        break;
    }
  }

  private *projects(selection: Selection, identities: readonly Identity[]): Generator<Project> {
    const repositories = this.world.repositories.filter((each) => this.seen(identities, each));
    for (const project of this.world.visibleProjects()) {
      if (!identities.some((identity) => this.permissions.project(identity, project))) continue;
      const found =
        project.owner === undefined || selection.names(project) || repositories.some((each) => each.project === project);
      if (found && selection.project(project)) yield project;
    }
  }

  private *repositories(selection: Selection, identities: readonly Identity[]): Generator<Repository> {
    for (const repository of this.world.visibleRepositories())
      if (this.seen(identities, repository) && selection.repository(repository)) yield repository;
  }

  private seen(identities: readonly Identity[], repository: Repository): boolean {
    return identities.some((identity) => this.permissions.repository(identity, repository));
  }

  /** Those who read. */
  private identities({ accounts = [1] }: TruthFilter): Identity[] {
    return accounts.map((account): Identity => {
      if (typeof account !== 'object') return { kind: 'user', user: this.world.user(account) };
      const place = 'project' in account ? this.world.project(account.project) : this.world.repository(account.repository);
      return { kind: 'token', place, name: 'token' };
    });
  }

  private *available(selection: Selection, identities: readonly Identity[]): Generator<Repository> {
    for (const repository of this.repositories(selection, identities)) if (repository.state === 'AVAILABLE') yield repository;
  }

  private *pullRequests(selection: Selection, identities: readonly Identity[]): Generator<PullRequest> {
    for (const repository of this.available(selection, identities)) {
      for (const id of repository.pullRequests.ids('ALL')) {
        const found = repository.pullRequests.get(id);
        if (found !== undefined && selection.pullRequest(found)) yield found;
      }
    }
  }
}
