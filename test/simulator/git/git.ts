import type { Commit } from '../model';
import { difference, Log, reachable } from './commit-graph';

/** What a tag names; an annotated one is an object of its own, with a hash. */
export interface Tag {
  readonly commit: Commit;
  readonly hash: string | null;
}

/** How many lists of commits are kept: pages of one are asked for one after the other. */
const LOGS = 16;

/** One repository's objects and refs. */
export class Git {
  /** The name that HEAD has; its branch need not exist. Undefined: nobody ever chose one. */
  head: string | undefined;
  /** Grows whenever a ref changes. */
  revision = 0;
  private readonly heads = new Map<string, Commit>();
  private readonly tagged = new Map<string, Tag>();
  private readonly objects = new Map<string, Commit>();
  /** What was collected as garbage: the server has it no longer. */
  private readonly collected = new Map<string, Commit>();
  private readonly logs = new Map<string, Log>();

  /** `fill`, called when something beyond HEAD is first asked for, makes up the beginning. */
  constructor(
    head: string | undefined,
    private fill?: (git: Git) => void,
  ) {
    this.head = head;
  }

  get branches(): ReadonlyMap<string, Commit> {
    this.beFilled();
    return this.heads;
  }

  get tags(): ReadonlyMap<string, Tag> {
    this.beFilled();
    return this.tagged;
  }

  /** The branch that HEAD names, if it exists. */
  get defaultBranch(): string | undefined {
    if (this.fill !== undefined) return this.head;
    return this.head !== undefined && this.heads.has(this.head) ? this.head : undefined;
  }

  get tip(): Commit | undefined {
    return this.head === undefined ? undefined : this.branches.get(this.head);
  }

  /** Creates, moves or, without a commit, deletes a branch. */
  setBranch(name: string, commit: Commit | undefined): void {
    this.beFilled();
    if (commit === undefined) this.heads.delete(name);
    else {
      this.add(commit);
      this.heads.set(name, commit);
    }
    this.revision += 1;
  }

  setTag(name: string, tag: Tag | undefined): void {
    this.beFilled();
    if (tag === undefined) this.tagged.delete(name);
    else {
      this.add(tag.commit);
      this.tagged.set(name, tag);
    }
    this.revision += 1;
  }

  /** Takes a commit, with all that it reaches, into the objects. */
  add(commit: Commit): void {
    this.beFilled();
    const open = [commit];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (this.objects.has(next.id)) continue;
      this.objects.set(next.id, next);
      this.collected.delete(next.id);
      open.push(...next.parents);
    }
  }

  /** All that another repository has: what a fork begins with. */
  copy(origin: Git): void {
    this.beFilled();
    origin.beFilled();
    for (const [id, commit] of origin.objects) this.objects.set(id, commit);
    for (const [name, commit] of origin.heads) this.heads.set(name, commit);
    for (const [name, tag] of origin.tagged) this.tagged.set(name, tag);
    this.revision += 1;
  }

  get(id: string): Commit | undefined {
    this.beFilled();
    return this.objects.get(id);
  }

  /** Also what the server has no longer. */
  remembered(id: string): Commit | undefined {
    return this.get(id) ?? this.collected.get(id);
  }

  /** A full id, of a commit or of an annotated tag, or a ref: `refs/heads/x`, `heads/x`, or the bare name, of which tags go before branches. */
  resolve(name: string): Commit | undefined {
    this.beFilled();
    if (/^[0-9a-f]{40}$/.test(name)) return this.objects.get(name) ?? this.byTagHash(name);
    const ref = name.replace(/^refs\//, '');
    if (name !== ref && !/^(?:heads|tags)\//.test(ref)) return undefined;
    if (ref.startsWith('heads/')) return this.heads.get(ref.slice('heads/'.length));
    if (ref.startsWith('tags/')) return this.tagged.get(ref.slice('tags/'.length))?.commit;
    if (ref === 'HEAD') return this.tip;
    return this.tagged.get(ref)?.commit ?? this.heads.get(ref);
  }

  /** What `until` reaches and `since` does not. */
  log(until: Commit, since?: Commit): Log {
    const key = `${since?.id ?? ''}..${until.id}`;
    const known = this.logs.get(key) ?? new Log([until], since === undefined ? undefined : difference([until], [since]));
    this.logs.delete(key);
    this.logs.set(key, known);
    for (const oldest of this.logs.keys()) {
      if (this.logs.size <= LOGS) break;
      this.logs.delete(oldest);
    }
    return known;
  }

  /** Removes what no branch, no tag and none of these ids reaches. Returns how many went. */
  collectGarbage(kept: Iterable<string>): number {
    const roots = [...this.branches.values(), ...[...this.tagged.values()].map(({ commit }) => commit)];
    for (const id of kept) {
      const commit = this.objects.get(id);
      if (commit !== undefined) roots.push(commit);
    }
    const alive = reachable(roots);
    const before = this.objects.size;
    for (const [id, commit] of this.objects) if (!alive.has(commit)) this.drop(id, commit);
    return before - this.objects.size;
  }

  /** Loses these, as far as no branch and no tag reaches them. */
  lose(commits: Iterable<Commit>): void {
    const alive = reachable([...this.branches.values(), ...[...this.tagged.values()].map(({ commit }) => commit)]);
    for (const commit of commits) if (!alive.has(commit)) this.drop(commit.id, commit);
  }

  private drop(id: string, commit: Commit): void {
    this.objects.delete(id);
    this.collected.set(id, commit);
  }

  private byTagHash(hash: string): Commit | undefined {
    for (const tag of this.tagged.values()) if (tag.hash === hash) return tag.commit;
    return undefined;
  }

  private beFilled(): void {
    const { fill } = this;
    if (fill === undefined) return;
    this.fill = undefined;
    fill(this);
  }
}
