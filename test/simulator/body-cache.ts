/** A rendered body, and its compressed form once somebody asked for it. */
export interface Body {
  readonly plain: Buffer;
  gzip?: Buffer;
}

/** Rendered answers of one revision of the world, the least recently used dropped first. */
export class BodyCache {
  private bodies = new Map<string, Body>();
  private size = 0;
  private revision = -1;

  constructor(private readonly capacity = 192 * 1024 * 1024) {}

  get(key: string, revision: number): Body | undefined {
    if (this.revision !== revision) {
      this.bodies = new Map();
      this.size = 0;
      this.revision = revision;
    }
    const found = this.bodies.get(key);
    if (found === undefined) return undefined;
    this.bodies.delete(key);
    this.bodies.set(key, found);
    return found;
  }

  set(key: string, body: Body): void {
    this.bodies.set(key, body);
    this.size += body.plain.length;
    for (const [oldest, { plain }] of this.bodies) {
      if (this.size <= this.capacity) break;
      this.bodies.delete(oldest);
      this.size -= plain.length;
    }
  }
}
