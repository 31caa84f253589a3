import type { StreamName } from '../../simulator';
import type { Message } from '../../support/connector';
import type { Connection, SyncResult } from './connection';
import type { Landed } from './warehouse';

/** A table and its state as they were before a full refresh. */
interface Aside {
  readonly table: ReadonlyMap<string, Landed>;
  readonly state: Message | undefined;
}

/**
 * Full refreshes as platforms do them: what comes goes into a new table, and replaces the old one when it is whole. One that was cut off is
 * gone on with by the next full refresh; an incremental sync that comes instead finds the old table and its state again, or, where the platform
 * gave them up, no row, and the state of what was cut off.
 */
export class Refreshes {
  private readonly aside = new Map<StreamName, Aside>();
  /** Those that were cut off and have a state to go on from. */
  private readonly open = new Set<StreamName>();

  constructor(
    private readonly connection: Connection,
    private readonly keepsTables: boolean,
  ) {}

  /** Before a sync. @returns streams that are as they were before something else was tried */
  begin(streams: readonly StreamName[], mode: 'incremental' | 'full_refresh'): readonly StreamName[] {
    const { warehouse, states } = this.connection;
    if (mode === 'full_refresh') {
      for (const stream of streams) {
        if (this.open.has(stream)) continue;
        if (!this.aside.has(stream)) this.aside.set(stream, { table: warehouse.table(stream), state: states.get(stream) });
        warehouse.replace(stream, new Map());
        // What an incremental sync was given and did not replace: no platform begins a new table with it.
        const saved = states.get(stream)?.stream.stream_state.full_refresh as unknown;
        if (saved !== undefined && saved !== 'complete') states.delete(stream);
      }
      return [];
    }
    const given = streams.filter((stream) => this.aside.has(stream));
    for (const stream of given) {
      const { table, state } = this.aside.get(stream)!;
      this.aside.delete(stream);
      this.open.delete(stream);
      warehouse.replace(stream, this.keepsTables ? table : new Map());
      if (!this.keepsTables) continue;
      if (state === undefined) states.delete(stream);
      else states.set(stream, state);
    }
    return this.keepsTables ? given : [];
  }

  /** After it. */
  end({ statuses, messages }: SyncResult, streams: readonly StreamName[], mode: 'incremental' | 'full_refresh'): void {
    if (mode === 'incremental') return;
    const states = messages.filter(({ type }) => type === 'STATE').map(({ state }) => state.stream);
    const told = new Set(states.map((state) => String(state.stream_descriptor.name)));
    // The last state covers all rows, also where the word that follows was cut off.
    const whole = new Set(
      states
        .filter(({ stream_state }) => stream_state.full_refresh === 'complete')
        .map((state) => String(state.stream_descriptor.name)),
    );
    for (const stream of streams) {
      if (statuses[stream] === 'COMPLETE' || whole.has(stream)) {
        this.aside.delete(stream);
        this.open.delete(stream);
      } else if (told.has(stream)) this.open.add(stream);
      else if (!this.open.has(stream)) this.connection.states.delete(stream);
    }
  }
}
