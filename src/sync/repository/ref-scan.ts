import type { Branch, RefScan, RepositoryApi } from '../../streams/stream';

/** Lists the branches of one repository when they are asked for first, and keeps what is needed of them for this sync. */
export class BranchScan implements RefScan {
  private listed: Promise<readonly Branch[]> | null = null;

  constructor(private readonly api: RepositoryApi) {}

  branches(): Promise<readonly Branch[]> {
    this.listed ??= this.list();
    return this.listed;
  }

  async defaultBranch(): Promise<Branch | null> {
    return (await this.branches()).find(({ isDefault }) => isDefault) ?? null;
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
