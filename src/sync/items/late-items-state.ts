import { isJson, type Json } from '../../config/json';
import type { ItemId, RepositoryStateForm } from '../../streams/stream';
import { type ItemMemory, parseItem, printItem } from './item-memory';

/** What one stream of late items knows of one repository: each item that was shown. */
export interface LateItemsState {
  readonly known: Map<ItemId, ItemMemory>;
}

/** The state of late items; of a repository that is gone nothing is kept. */
export const lateItemsForm: RepositoryStateForm<LateItemsState> = {
  initial: () => ({ known: new Map() }),
  parse: (raw) => {
    const known = new Map<ItemId, ItemMemory>();
    for (const [id, value] of Object.entries(isJson(raw.known) ? raw.known : {})) {
      const memory = parseItem(value);
      if (memory !== undefined) known.set(id, memory);
    }
    return { known };
  },
  print: ({ known }): Json =>
    known.size === 0 ? {} : { known: Object.fromEntries([...known].map(([id, memory]) => [id, printItem(memory)])) },
  whenGone: () => null,
};
