import { isJson } from '../../config/json';
import type { WatchStream } from '../../streams/stream';
import type { RecentCommits } from '../../streams/watch/recent-commits-state';
import { type PullRequestsState, pullRequestsForm } from '../items/item-state';
import { RepositoryStates } from '../repository/repository-states';
import { type FullRefresh, isKnownVersion, type StreamState } from '../stream-state';
import { outdated, type WatchedCommits, watchedCommitsForm } from './watch-state';

/** What a stream that watches commits remembers: their builds, and what the readings that find them know. */
export class WatchState implements StreamState {
  private constructor(
    readonly items: RepositoryStates<WatchedCommits>,
    readonly heads: RepositoryStates<PullRequestsState>,
    readonly commits: RepositoryStates<RecentCommits>,
    /** What of the configuration the rows are made by; null: none were. */
    private settings: string | null,
  ) {}

  get damaged(): number {
    return this.items.damaged + this.heads.damaged + this.commits.damaged;
  }

  get fullRefresh(): FullRefresh {
    return this.items.fullRefresh;
  }

  set fullRefresh(value: FullRefresh) {
    this.items.fullRefresh = value;
  }

  /** From now on rows are made by these settings: those that were made by others are written again when their commit is read next. */
  adopt(settings: string): void {
    const isOther = this.settings !== null && this.settings !== settings;
    this.settings = settings;
    if (!isOther) return;
    for (const [id, { body }] of this.items.repositories) {
      body.known.change(outdated);
      this.items.changed(id);
    }
  }

  print(): string {
    this.tellNames();
    const settings = this.settings === null ? '' : `,"settings":${JSON.stringify(this.settings)}`;
    const readings = `"pull_requests":${this.heads.print()},"commits":${this.commits.print()}`;
    return `${this.items.print().slice(0, -1)},${readings}${settings}}`;
  }

  /** Reads it back, leniently: what cannot be understood is not known, and will be read again. */
  static parse(stream: WatchStream, raw: unknown, now: number): WatchState {
    const known = isJson(raw) && isKnownVersion(raw) ? raw : {};
    return new WatchState(
      RepositoryStates.parse(watchedCommitsForm, known, now),
      RepositoryStates.parse(pullRequestsForm, known.pull_requests, now, true),
      RepositoryStates.parse(stream.commits.state, known.commits, now, true),
      typeof known.settings === 'string' ? known.settings : null,
    ).named();
  }

  /** Each name stands in the state once: what the readings know of repositories that none of whose builds were read yet is told, too. */
  private tellNames(): void {
    for (const part of [this.heads, this.commits]) {
      for (const [id, { name, hierarchyId }] of part.repositories) {
        const known = this.items.repositories.get(id);
        if (name === '' || (known !== undefined && known.name !== '')) continue;
        Object.assign(this.items.of(id), { name, hierarchyId });
        this.items.changed(id);
      }
    }
  }

  private named(): this {
    for (const part of [this.heads, this.commits]) {
      for (const [id, memory] of part.repositories) {
        const { name, hierarchyId } = this.items.repositories.get(id) ?? memory;
        Object.assign(memory, { name, hierarchyId });
      }
    }
    return this;
  }
}
