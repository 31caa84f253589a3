import { saysNoSuchCommit } from '../../bitbucket/missing';
import { proveGone } from '../../streams/history/prove-gone';
import type { Branch, RefScan, RepositoryApi } from '../../streams/stream';

/** Lists the branches of one repository when they are asked for first, and keeps what is needed of them for this sync. */
export class BranchScan implements RefScan {
  private listed: Promise<readonly Branch[]> | null = null;
  private listedAgain: Promise<ReadonlySet<string>> | null = null;
  /** By name; several streams may miss the same branch. */
  private readonly asked = new Map<string, Promise<boolean>>();

  constructor(private readonly api: RepositoryApi) {}

  branches(): Promise<readonly Branch[]> {
    this.listed ??= this.list();
    return this.listed;
  }

  async defaultBranch(): Promise<Branch | null> {
    return (await this.branches()).find(({ isDefault }) => isDefault) ?? null;
  }

  async gone(names: readonly string[]): Promise<ReadonlySet<string>> {
    const isEmpty = (await this.branches()).length === 0;
    return proveGone({
      ...{ what: 'branches', repository: this.api.repository.fullName, names, isEmpty },
      exists: (name) => this.exists(name),
      listAgain: () => (this.listedAgain ??= this.listNames()),
    });
  }

  private exists(name: string): Promise<boolean> {
    const asked = this.asked.get(name) ?? this.ask(name);
    this.asked.set(name, asked);
    return asked;
  }

  /** There is no request for one branch; the commits of one that does not exist are not found. */
  private async ask(name: string): Promise<boolean> {
    try {
      await this.api.newestCommit(`refs/heads/${name}`);
      return true;
    } catch (error) {
      if (saysNoSuchCommit(error)) return false;
      throw error;
    }
  }

  private async listNames(): Promise<ReadonlySet<string>> {
    return new Set((await this.list()).map(({ name }) => name));
  }

  private async list(): Promise<readonly Branch[]> {
    const branches: Branch[] = [];
    for await (const page of this.api.branches()) {
      for (const { id, displayId, latestCommit, isDefault } of page)
        branches.push({ id, isDefault, name: displayId, commitId: latestCommit });
    }
    return branches;
  }
}
