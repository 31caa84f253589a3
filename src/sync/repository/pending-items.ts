import type { ItemId } from '../../streams/stream';

/** Items that could not be read, with the number of syncs that failed to. Nearly all repositories have none: then it weighs next to nothing. */
export class PendingItems {
  private attempts: Map<ItemId, number> | null = null;

  get size(): number {
    return this.attempts?.size ?? 0;
  }

  has(id: ItemId): boolean {
    return this.attempts?.has(id) === true;
  }

  get(id: ItemId): number | undefined {
    return this.attempts?.get(id);
  }

  set(id: ItemId, attempts: number): void {
    (this.attempts ??= new Map()).set(id, attempts);
  }

  delete(id: ItemId): boolean {
    return this.attempts?.delete(id) === true;
  }

  keys(): Iterable<ItemId> {
    return this.attempts?.keys() ?? [];
  }

  [Symbol.iterator](): Iterator<[ItemId, number]> {
    return (this.attempts ?? new Map<ItemId, number>()).entries();
  }
}
