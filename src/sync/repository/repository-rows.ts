import { referenceOf } from '../../bitbucket/api/bitbucket';
import { isKind } from '../../bitbucket/errors';
import type { RestRepository } from '../../bitbucket/api/payloads';
import { fullNameOf, repositories } from '../../streams/repositories';
import type { SyncContext } from '../context';
import type { SelectedSnapshot } from '../selected';
import { type Inventory, nameOf } from '../snapshots/inventory';
import { type ChangedRow, changedRows, type SnapshotWriter, writeRow, writeTombstones } from '../snapshots/rows';
import { failNameless, postponeRow, writerOf } from '../snapshots/snapshot-part';
import { taken, TaskPool } from '../task-pool';
import { isProvenGone, unlessFatal } from './gone';
import { isAvailable } from './life-cycle';

const HOUR_MS = 3600 * 1000;

/** Gives the name of a repository's default branch (`main`), null for an empty one; is told the last known one; throws BitbucketError. */
type AskDefault = (known: string | null) => Promise<string | null>;

/** Writes the rows of the stream `repositories`. Each needs its default branch, which the list of repositories does not tell. */
export class RepositoryRows {
  /** Without their rows, which are made again when they are written: there may be thousands. */
  private readonly changed: Map<number, Omit<ChangedRow, 'row'>>;
  private readonly recheck: boolean;
  private readonly writer: SnapshotWriter;

  constructor(
    private readonly context: SyncContext,
    private readonly selected: SelectedSnapshot,
    private readonly inventory: Inventory<RestRepository>,
  ) {
    const { startedAt, config } = context;
    const { recheckedAt } = selected.state;
    this.writer = writerOf(context, selected);
    this.recheck = recheckedAt === null || startedAt - recheckedAt >= config.recheckHours * HOUR_MS;
    const onFault = (repository: RestRepository, error: Error) => this.postpone(repository.id, fullNameOf(repository), error);
    const changes = changedRows(this.writer, inventory, onFault);
    this.changed = new Map(changes.map(({ id, remembered, leaves }) => [id, { id, remembered, leaves }]));
  }

  /** Writes all rows by themselves: a new or changed one costs a request for its default branch, and every one `recheck_hours` after. */
  async writeAll(): Promise<void> {
    const { config, startedAt } = this.context;
    const { state } = this.selected;
    const pool = new TaskPool(config.maxConcurrency, config.maxConcurrency);
    const pendingFirst = (a: RestRepository, b: RestRepository) =>
      Number(state.pending.has(b.id)) - Number(state.pending.has(a.id));
    for (const repository of taken([...this.inventory.present, ...this.inventory.left].sort(pendingFirst))) {
      if (this.isDue(repository.id)) await pool.add(() => this.writeByItself(repository));
    }
    await pool.drain();
    if (this.recheck) state.recheckedAt = startedAt;
    await this.end();
  }

  /** Writes the row of a repository, if anything of it is new, with the default branch that its list of branches tells. */
  async writeScanned(repository: RestRepository, ask: AskDefault): Promise<void> {
    await this.write(repository, isAvailable(repository) ? ask : () => Promise.resolve(null));
  }

  /** After {@link writeScanned}: writes a row whose repository need not be read, with the default branch that it had. */
  async writeUnread(repository: RestRepository): Promise<void> {
    const known = this.selected.state.known(repository.id);
    if (known === undefined || this.selected.state.pending.has(repository.id)) return this.writeByItself(repository);
    await this.write(repository, () => Promise.resolve(known[2] ?? null));
  }

  /** After {@link writeScanned}: what left the filters, and what is gone. */
  async end(): Promise<void> {
    await writeTombstones(this.writer, this.inventory);
    for (const each of this.inventory.unclear) this.postpone(each.id, nameOf(each), each.error);
    failNameless(this.context, repositories, this.inventory);
  }

  /** Those that have left the filters are written a last time. */
  async writeLeft(): Promise<void> {
    for (const repository of this.inventory.left) if (this.isDue(repository.id)) await this.writeByItself(repository);
  }

  private isDue(id: number): boolean {
    const { state } = this.selected;
    return this.changed.has(id) || state.pending.has(id) || (this.recheck && state.rows.has(id));
  }

  private writeByItself(repository: RestRepository): Promise<void> {
    return this.writeScanned(repository, () => this.context.bitbucket.of(referenceOf(repository)).defaultBranch());
  }

  /** Where the default branch cannot be had, the last one that is known stays, and the row is pending. */
  private async write(repository: RestRepository, ask: AskDefault): Promise<void> {
    const { state } = this.selected;
    const known = state.known(repository.id)?.[2] ?? null;
    try {
      const defaultBranch = await ask(known);
      this.context.failures.succeeded(repositories.name, 'row');
      await this.writeAs(repository, defaultBranch);
      state.pending.delete(repository.id);
    } catch (caught) {
      if (isKind(caught, 'account_lost')) return this.writeWithout(repository, caught);
      const error = unlessFatal(caught);
      if (await isProvenGone(this.context.bitbucket.of(referenceOf(repository)), error)) return;
      await this.writeAs(repository, known);
      this.postpone(repository.id, fullNameOf(repository), error);
    }
  }

  /** Nobody who works can tell the default branch: the row stands, and is read first in the next sync. */
  private async writeWithout(repository: RestRepository, { message }: Error): Promise<void> {
    const { state } = this.selected;
    await this.writeAs(repository, state.rows.get(repository.id)?.[2] ?? null);
    state.pending.set(repository.id, state.pending.get(repository.id) ?? 0);
    this.context.emitter.log('WARN', `The default branch of ${fullNameOf(repository)} is read in the next sync: ${message}.`);
  }

  private async writeAs(repository: RestRepository, defaultBranch: string | null): Promise<void> {
    const change = this.changed.get(repository.id);
    const known = this.selected.state.known(repository.id);
    if (change === undefined && known?.[2] === defaultBranch) return;
    const row = { ...repositories.row(repository), default_branch: defaultBranch };
    const fingerprint = change?.remembered[0] ?? repositories.fingerprint(row);
    this.changed.delete(repository.id);
    await writeRow(this.writer, {
      ...{ row, id: repository.id, leaves: change?.leaves ?? false },
      remembered: [fingerprint, fullNameOf(repository), defaultBranch],
    });
  }

  private postpone(id: number, address: string, error: Error): void {
    postponeRow(this.context, this.selected, { id, error, item: `repository ${address}` });
  }
}
