import { BitbucketError } from '../../../src/bitbucket/errors';
import type { RestCommit } from '../../../src/bitbucket/api/payloads';
import type {
  BranchScan,
  CommitPage,
  CommitRange,
  CommitSource,
  ListedBranch,
} from '../../../src/streams/history/history-source';
import type { GitRepository, GraphCommit } from './git-repository';

/** Thrown instead of an answer. */
export class Killed extends Error {}

/** Answers questions about a repository of the graph, one request after the other. */
export class Server implements CommitSource {
  readonly repository = { id: 7, fullName: 'PLAT/api' };
  /** `commits`, `commit`, `branches`, each with what it asked. */
  readonly requests: string[] = [];
  /** Called before a request is answered. */
  onRequest: (number: number) => void = () => undefined;

  constructor(
    readonly git: GitRepository,
    readonly pageSize = 100,
  ) {}

  async *commits({ until, since, start = 0 }: CommitRange): AsyncGenerator<CommitPage, void, void> {
    for (let from: number | null = start; from !== null;) {
      await this.request(`commits ${short(since)}..${short(until)} ${from}`);
      const log = this.git.log(this.find(until), since === undefined ? undefined : this.find(since));
      const commits = log.slice(from, from + this.pageSize).map(render);
      const next: number | null = from + this.pageSize < log.length ? from + this.pageSize : null;
      if (commits.length > 0) yield { commits, start: from, next };
      from = next;
    }
  }

  async newestCommit(until: string): Promise<RestCommit> {
    await this.request(`commit ${short(until)}`);
    return render(this.find(until));
  }

  /** This sync's one list of the branches. */
  scan(): BranchScan {
    let listed: Promise<ListedBranch[]> | null = null;
    return {
      branches: () => (listed ??= this.listBranches()),
      gone: async (names) => {
        const gone = new Set<string>();
        for (const name of names) {
          await this.request(`commit refs/heads/${name}`);
          if (!this.git.branches.has(name)) gone.add(name);
        }
        return gone;
      },
    };
  }

  private async listBranches(): Promise<ListedBranch[]> {
    await this.request('branches');
    const named = [...this.git.branches].sort(([a], [b]) => (a < b ? -1 : 1));
    return named.map(([name, { id }]) => ({ name, commitId: id, isDefault: name === this.git.head }));
  }

  private find(name: string): GraphCommit {
    const found = name.startsWith('refs/heads/') ? this.git.branches.get(name.slice(11)) : this.git.get(name);
    if (found !== undefined) return found;
    throw new BitbucketError('not_found', `Commit ${name} does not exist`, {
      status: 404,
      exceptionName: 'NoSuchCommitException',
    });
  }

  private async request(what: string): Promise<void> {
    this.requests.push(what);
    this.onRequest(this.requests.length);
    await Promise.resolve();
  }
}

function render({ id, parents, date }: GraphCommit): RestCommit {
  return { id, committerTimestamp: date, parents: parents.map((parent) => ({ id: parent.id })) };
}

function short(name: string | undefined): string {
  return name?.startsWith('refs/') === true ? name : (name?.slice(0, 16) ?? '');
}
