import { type Login, Simulator } from '../simulator';
import { Histories } from '../support/random-histories';
import { Clock } from '../sync/support/clock';
import { Connection, type SyncResult } from '../sync/support/connection';

const { MODEL_RUNS = '2400' } = process.env;
/** 1,000, unless fewer are asked for. */
const RUNS = Math.ceil(Number(MODEL_RUNS) / 2.4);
const STREAMS = ['projects', 'repositories', 'pull_requests'] as const;
const USERS = ['airbyte', 'jane', 'joe'] as const;
type User = (typeof USERS)[number];

/** A generator of its own: the same number makes the same history. */
function randomOf(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state = (state * 48271 + 11) % 2147483647;
    return state % below;
  };
}

/** Accounts whose sights, logins and places in the configuration change from sync to sync. */
class History {
  readonly log: string[] = [];
  private readonly logins = new Map<User, Login>();
  private readonly denied = new Set<User>();
  private readonly configured = new Set<User>(USERS);
  /** Who saw each repository alive, as of the last sync in which somebody did. */
  private readonly witnesses = new Map<number, ReadonlySet<User>>();
  private readonly connection: Connection;
  private created = 0;

  constructor(
    readonly simulator: Simulator,
    clock: Clock,
    private readonly random: (below: number) => number,
  ) {
    const { history, authentication } = simulator;
    for (const name of ['jane', 'joe']) {
      history.createUser({ name });
      this.logins.set(name as User, authentication.addAccount(name));
    }
    for (const key of ['A', 'B']) history.createProject({ key });
    for (let count = 0; count < 4; count++) this.create();
    this.connection = new Connection(simulator, clock);
  }

  async step(): Promise<void> {
    for (let events = 1 + this.random(4); events > 0; events--) this.happens();
    const result = await this.sync();
    expect([this.log, result.succeeded, result.errors]).toEqual([this.log, this.works().length > 0, expect.anything()]);
    if (this.works().length === 0) return;
    this.expectNoFalseTombstone(result);
    this.expectUnion();
  }

  /** Everybody works again, and sees what is there: then the warehouse is what the server is. */
  async end(): Promise<void> {
    for (const user of USERS) {
      this.restore(user);
      this.configured.add(user);
    }
    await this.sync();
    const accounts = [...USERS];
    expect([this.log, this.alive()]).toEqual([
      this.log,
      this.simulator.truth.rows('repositories', { accounts }).map(idOf).sort(byNumber),
    ]);
    this.expectUnion();
  }

  private happens(): void {
    const { history } = this.simulator;
    const [user, other] = [USERS[this.random(3)]!, this.some()];
    const events: (() => void)[] = [
      () => history.revokeAccess(user, { repository: other }),
      () => history.revokeAccess(user, { repository: other }, 401),
      () => history.grant(user, { repository: other }),
      () => history.grant(user, { repository: other }),
      () => this.create(),
      () => history.deleteRepository(other),
      () => history.renameRepository(other, { slug: `renamed-${this.log.length}` }),
      () => history.createPullRequest(other, { author: 'jane' }),
      () => this.deny(user),
      () => this.restore(user),
      () => this.configured.delete(user === 'airbyte' ? 'joe' : user),
      () => this.configured.add(user),
    ];
    const index = this.random(events.length);
    this.log.push(`${index} ${user} ${other}`);
    events[index]!();
  }

  private some(): number {
    const ids = this.existing();
    return ids[this.random(ids.length)] ?? this.create();
  }

  private create(): number {
    const { history } = this.simulator;
    const id = history.createRepository(this.random(2) === 0 ? 'A' : 'B', { slug: `r${++this.created}` });
    for (const user of USERS) if (this.random(2) === 0) history.revokeAccess(user, { repository: id });
    return id;
  }

  private deny(user: User): void {
    this.denied.add(user);
    this.simulator.authentication.revoke(this.secretOf(user));
  }

  private restore(user: User): void {
    this.denied.delete(user);
    this.simulator.authentication.restore(this.secretOf(user));
  }

  private secretOf(user: User): string {
    return user === 'airbyte' ? this.simulator.credentials.token : this.logins.get(user)!.tokens[0]!;
  }

  private sync(): Promise<SyncResult> {
    const others = USERS.filter((user) => user !== 'airbyte' && this.configured.has(user));
    return this.connection.sync({
      streams: STREAMS,
      config: {
        credentials: { auth_type: 'token', token: this.simulator.credentials.token },
        additional_tokens: others.map((user) => this.secretOf(user)).join(','),
      },
    });
  }

  private works(): User[] {
    return [...this.configured].filter((user) => !this.denied.has(user));
  }

  private existing(): number[] {
    return this.simulator.truth.rows('repositories', { accounts: [...USERS] }).map(idOf);
  }

  private seen(users: readonly User[]): Set<number> {
    return users.length === 0
      ? new Set()
      : new Set(this.simulator.truth.rows('repositories', { accounts: [...users] }).map(idOf));
  }

  private expectNoFalseTombstone({ records }: SyncResult): void {
    const gone = (records.repositories ?? []).filter(({ deleted_at }) => deleted_at !== null).map(idOf);
    const working = this.works();
    const isFalse = (id: number) => {
      if (this.seen(working).has(id)) return true;
      const saw = [...(this.witnesses.get(id) ?? [])];
      return !saw.some((user) => working.includes(user)) && saw.some((user) => this.configured.has(user));
    };
    expect([this.log, gone.filter(isFalse)]).toEqual([this.log, []]);
    for (const user of working)
      for (const id of this.seen([user])) {
        const isNew = !this.seen(working.slice(0, working.indexOf(user))).has(id);
        this.witnesses.set(id, new Set([...(isNew ? [] : (this.witnesses.get(id) ?? [])), user]));
      }
  }

  /** What any account sees that works is there, with its pull requests. */
  private expectUnion(): void {
    const accounts = this.works();
    const alive = new Set(this.alive());
    expect([this.log, [...this.seen(accounts)].filter((id) => !alive.has(id))]).toEqual([this.log, []]);
    const pullRequests = new Set(this.connection.warehouse.alive('pull_requests').map(keyOf));
    const expected = this.simulator.truth.rows('pull_requests', { accounts }).map(keyOf);
    expect([this.log, expected.filter((key) => !pullRequests.has(key))]).toEqual([this.log, []]);
  }

  private alive(): number[] {
    return this.connection.warehouse.alive('repositories').map(idOf).sort(byNumber);
  }
}

const idOf = ({ id }: Record<string, unknown>): number => Number(id);
const keyOf = ({ repository_id, id }: Record<string, unknown>): string => `${String(repository_id)}/${String(id)}`;
const byNumber = (a: number, b: number): number => a - b;

it('accounts that see disjoint, overlapping and changing parts: the union is read, and no tombstone is false', async () => {
  const histories = new Histories();
  for (let seed = 1; seed <= RUNS; seed++) await histories.next(() => runHistory(seed));
  histories.end();
}, 3_600_000);

async function runHistory(seed: number): Promise<void> {
  const clock = new Clock();
  const simulator = await Simulator.start({ dataset: 'empty', clock: clock.now, seed });
  try {
    const history = new History(simulator, clock, randomOf(seed));
    for (let steps = 0; steps < 4; steps++) {
      await history.step();
      clock.advance(60_000);
    }
    await history.end();
  } finally {
    await simulator.stop();
  }
}
