import type { Simulator } from '../simulator';
import { canonical } from '../support/rows';
import { URL_OF_OURS } from './model-hooks';

type Repository = ReturnType<Simulator['world']['visibleRepositories']>[number];
type Webhook = ReturnType<Simulator['webhooks']['all']>[number];

/** What becomes of deliveries, and whether the account of the sync sees that. */
interface Circumstances {
  readonly fate: string;
  readonly counted: boolean;
}

/** Why a row may be staler than by polling: lines of the table in docs/guarantees.md. */
type Excuse = 'no event' | 'late' | 'not seen to be lost';

/** Follows what the server tells of each change, and so which rows may be staler than by polling, and until when. */
export class Told {
  private readonly excused = new Map<string, Set<Excuse>>();
  private calls: { repository: Repository; event: string; pullRequestId: number | null }[] = [];
  /** Webhooks that were edited where the account may not look. */
  private readonly edited = new Set<Webhook>();

  constructor(private readonly simulator: Simulator) {
    const { webhooks } = simulator;
    const tell = webhooks.tell.bind(webhooks);
    webhooks.tell = (repository, event, payload) => {
      const { pullRequest } = payload as { pullRequest?: { id: number } };
      this.calls.push({ repository, event, pullRequestId: pullRequest?.id ?? null });
      tell(repository, event, payload);
    };
  }

  /** Does something on the server. */
  during({ fate, counted }: Circumstances, change: () => void): void {
    const before = this.pullRequests();
    this.calls = [];
    change();
    const after = this.pullRequests();
    for (const key of new Set([...before.keys(), ...after.keys()])) {
      if (before.get(key) === after.get(key)) continue;
      const [repositoryId = 0, id = 0] = key.split('/').map(Number);
      const about = this.calls.filter(
        ({ repository, event, pullRequestId }) =>
          repository.id === repositoryId && (pullRequestId === id || event === 'repo:refs_changed' || event === 'repo:modified'),
      );
      if (about.length === 0) this.excuse(key, 'no event');
      else if (fate === 'is late') this.excuse(key, 'late');
      else if ((fate === 'is lost' && !counted) || about.some(({ repository }) => this.isEdited(repository)))
        this.excuse(key, 'not seen to be lost');
    }
  }

  /** A webhook is edited where nobody sees it. */
  unseen(hook: Webhook): void {
    this.edited.add({ ...hook });
  }

  /** What was late has come. */
  arrived(): void {
    for (const excuses of this.excused.values()) excuses.delete('late');
  }

  /** Repositories whose list was read: they are as fresh as by polling. */
  listed(repositories: ReadonlySet<number>): void {
    for (const key of [...this.excused.keys()]) if (repositories.has(Number(key.split('/')[0]))) this.excused.delete(key);
  }

  /** @param said `stream key`, as the warehouse tells differences */
  excuses(said: string): boolean {
    const [stream = '', key = ''] = said.split(' ');
    if (stream !== 'pull_request_activities') return (this.excused.get(key)?.size ?? 0) > 0;
    // An activity does not name its pull request in its key: one of its repository is excused.
    const repository = key.split('/')[0] ?? '';
    return [...this.excused].some(([each, excuses]) => each.startsWith(`${repository}/`) && excuses.size > 0);
  }

  private excuse(key: string, why: Excuse): void {
    const excuses = this.excused.get(key) ?? new Set();
    this.excused.set(key, excuses.add(why));
  }

  private isEdited(repository: Repository): boolean {
    return [...this.edited].some(
      ({ scope, url }) => url === URL_OF_OURS && scope.id === (scope.type === 'project' ? repository.project.id : repository.id),
    );
  }

  /** All that the server shows of each pull request, as text. */
  private pullRequests(): Map<string, string> {
    const { truth } = this.simulator;
    const shown = new Map<string, string>();
    for (const stream of ['pull_requests', 'pull_request_diffs', 'pull_request_activities'] as const) {
      for (const row of truth.rows(stream)) {
        const key = `${String(row.repository_id)}/${String(row.pull_request_id ?? row.id)}`;
        shown.set(key, (shown.get(key) ?? '') + canonical(row));
      }
    }
    return shown;
  }
}
