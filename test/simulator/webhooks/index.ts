import type { Project, Repository } from '../model';
import type { World } from '../world';
import { type Carry, Courier, type Delivery } from './delivery';
import { hasProjectHooks, knowsEvent, type Scope, type Webhook } from './hooks';

/** The webhooks of all projects and repositories, and their deliveries. */
export class Webhooks {
  /** Where the account may look at them and change them. */
  rights: 'everywhere' | 'repositories' | 'nowhere' = 'everywhere';
  /** Whether the server tells what became of deliveries, where its version can. */
  tellsStatistics = true;
  private readonly hooks = new Map<number, Webhook>();
  private readonly courier: Courier;
  private lastId = 0;

  constructor(private readonly world: World) {
    this.courier = new Courier(() => world.now());
  }

  /** From now on bodies get to their receivers in this way. */
  carryBy(carry: Carry): void {
    this.courier.carry = carry;
  }

  /** Every delivery so far. */
  get deliveries(): readonly Delivery[] {
    return this.courier.log;
  }

  all(): readonly Webhook[] {
    return [...this.hooks.values()];
  }

  of(scope: Scope): Webhook[] {
    return this.all().filter((hook) => hook.scope.type === scope.type && hook.scope.id === scope.id);
  }

  get(scope: Scope, id: number): Webhook | undefined {
    return this.of(scope).find((hook) => hook.id === id);
  }

  /** Creates one, as a person does in the settings. */
  create(
    scope: Scope,
    options: Partial<Pick<Webhook, 'name' | 'events' | 'secret' | 'active'>> & { readonly url: string },
  ): Webhook {
    const now = this.world.now();
    const hook: Webhook = {
      id: ++this.lastId,
      scope,
      createdDate: now,
      updatedDate: now,
      name: options.name ?? 'webhook',
      url: options.url,
      active: options.active ?? true,
      events: options.events ?? [
        'pr:opened',
        'pr:modified',
        'pr:reviewer:approved',
        'pr:reviewer:unapproved',
        'pr:declined',
        'pr:merged',
      ],
      secret: options.secret,
      sslVerificationRequired: true,
      failures: 0,
      skippedUntil: 0,
      last: new Map(),
      counts: { SUCCESS: 0, FAILURE: 0, ERROR: 0 },
    };
    this.hooks.set(hook.id, hook);
    return hook;
  }

  remove(id: number): void {
    this.hooks.delete(id);
  }

  /** Something happened in a repository: its webhooks and its project's are told. */
  tell(repository: Repository, event: string, payload: unknown): void {
    for (const hook of [...this.of(scopeOf(repository)), ...this.of(scopeOf(repository.project))]) {
      if (hook.active && hook.events.includes(event) && knowsEvent(this.world, event)) this.courier.send(hook, event, payload);
    }
  }

  /** Resolves when all that was told has arrived or failed. */
  settled(): Promise<void> {
    return this.courier.settled();
  }

  /** What became of the last connection test that was asked for: the status of its answer. */
  tested: number | null = null;

  /** Sends the connection test, if this is what a request asks for. @param asked path and query of the request */
  async test(asked: string): Promise<void> {
    const [path = '', query] = asked.split('?');
    const url = new URLSearchParams(query).get('url') ?? '';
    if (path.endsWith('/webhooks/test') && /^https?:\/\//.test(url)) this.tested = await this.ping(url);
  }

  ping(url: string): Promise<number | null> {
    return this.courier.ping(url);
  }
}

export const scopeOf = (place: Project | Repository): Scope => ({
  type: 'slug' in place ? 'repository' : 'project',
  id: place.id,
});

export { hasProjectHooks };
export type { Delivery, Scope, Webhook };
