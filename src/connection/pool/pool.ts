import type { Accounts, View } from '../../bitbucket/api/accounts';
import { Bitbucket, type Known } from '../../bitbucket/api/bitbucket';
import { BitbucketError, isKind } from '../../bitbucket/errors';
import { PageSizes } from '../../bitbucket/paging/page-sizes';
import type { Login } from '../../bitbucket/session/login';
import { isRead, type RestRequest } from '../../bitbucket/session/request';
import type { Sender } from '../../bitbucket/session/sender';
import type { Session } from '../../bitbucket/session/session';
import { Statistics } from '../../bitbucket/session/statistics';
import { type Answer, readJson } from '../../bitbucket/transport/answer';
import type { AvailableLogin, AvailableLogins } from '../../credentials/available-logins';
import type { Account, AccountEvents, ProvenLogin } from './account';
import { isConfigured, isProvenByAgreement, userOfKey } from './agreement';
import { noteDenial, openAccounts } from './open-accounts';
import { shareOut } from './share-out';

/** What a pool needs. */
export interface PoolOptions {
  /** Which logins there are. @throws ConfigError or CredentialsError where they cannot be read */
  readonly logins: () => Promise<AvailableLogins>;
  /** A session on the transport and the ceiling that all share. */
  readonly connect: (login: AvailableLogin, all: AvailableLogins, statistics: Statistics) => Session;
  readonly warn: (message: string) => void;
  readonly now: () => number;
}

/** Asked of any account that is logged in, of whatever repository: the load is spread. */
const FOR_ANYBODY = ['build-counters', 'builds'];
/** Answers after which another account may know more. */
const ASK_ANOTHER = ['forbidden', 'not_found', 'no_such_route', 'account_lost'] as const;

/**
 * Several logins as one: what is asked of the server as a whole is answered by the first account that may know, what is asked of a repository
 * by the one that reads it. A login that is denied is used no more, and what it was asked goes to another account.
 */
export class Pool implements Sender, Accounts<Bitbucket> {
  readonly statistics = new Statistics();
  /** What all views know of the server. */
  readonly known: Known;
  private opened: Promise<Login> | null = null;
  private accounts: readonly Account[] = [];
  private missing: (string | null)[] = [];
  private readonly bitbuckets = new Map<Account, Bitbucket>();
  private readonly seenBy = new Map<number, Set<string>>();
  private readers = new Map<number, string>();
  private turn = 0;
  private failure: BitbucketError | null = null;

  constructor(private readonly options: PoolOptions) {
    this.known = {
      quirks: { refusesRawDiffs: false, hasDefaultBranchRoute: true },
      pageSizes: new PageSizes(options.now),
      login: null,
      version: null,
    };
  }

  get lastFailure(): BitbucketError | null {
    for (const { lastFailure } of this.accounts) if (lastFailure !== null) return lastFailure;
    return this.failure;
  }

  get views(): readonly View<Bitbucket>[] {
    return this.working.map((account) => ({ user: account.user, bitbucket: this.bitbucketOf(account) }));
  }

  get areSeveral(): boolean {
    return this.accounts.length + this.missing.length > 1;
  }

  /** Reads which logins there are, and tries each; gives what the first that works has shown. */
  logIn(): Promise<Login> {
    this.opened ??= this.open();
    return this.opened;
  }

  json(request: RestRequest): Promise<unknown> {
    return this.send(request, readJson);
  }

  /** Asks one account after the other, until one may know. */
  async send<T>(request: RestRequest, read: (answer: Answer) => Promise<T>): Promise<T> {
    await this.logIn();
    let failure: BitbucketError | null = null;
    for (const account of this.inTurn(request)) {
      try {
        return await account.send(request, read);
      } catch (error) {
        if (!isKind(error, ...ASK_ANOTHER)) throw error;
        if (failure === null || failure.kind === 'account_lost') failure = error;
      }
    }
    throw failure ?? this.end;
  }

  isGone(witnesses: ReadonlySet<string> | undefined, agreed: ReadonlySet<string>): boolean {
    return isProvenByAgreement({ witnesses, agreed, ...this.configured });
  }

  isConfigured(user: string): boolean {
    return isConfigured(user, this.configured);
  }

  assign(seenBy: Iterable<readonly [number, ReadonlySet<string>]>, before: ReadonlyMap<number, string>): void {
    for (const [id, users] of seenBy) this.seenBy.set(id, new Set(users));
    const users = this.working.map(({ user }) => user);
    this.readers = shareOut(this.seenBy, before, users);
  }

  readerOf(repositoryId: number): string | null {
    return this.areSeveral ? (this.readers.get(repositoryId) ?? null) : null;
  }

  /** Notes that an account lists a repository. */
  saw(user: string, repositoryId: number): void {
    const users = this.seenBy.get(repositoryId);
    if (users === undefined) this.seenBy.set(repositoryId, new Set([user]));
    else users.add(user);
  }

  /** Who asks for what is in a repository. */
  of(repositoryId: number): Sender {
    const send: Sender['send'] = (request, read) => this.sendFor(repositoryId, request, read);
    const { statistics } = this;
    const lastFailure = () => this.lastFailure;
    return {
      ...{ statistics, send, json: (request) => send(request, readJson), logIn: () => this.logIn() },
      get lastFailure() {
        return lastFailure();
      },
    };
  }

  private async sendFor<T>(id: number, request: RestRequest, read: (answer: Answer) => Promise<T>): Promise<T> {
    await this.logIn();
    if (!this.seenBy.has(id)) return this.send(request, read);
    for (;;) {
      const account = this.accountFor(id);
      try {
        return await account.send(request, read);
      } catch (error) {
        if (!isKind(error, 'account_lost') || !isRead(request)) throw error;
      }
    }
  }

  /** @throws BitbucketError 'account_lost' where none of those who list the repository works */
  private accountFor(id: number): Account {
    const reader = this.working.find(({ user }) => user === this.readers.get(id));
    if (reader !== undefined) return reader;
    const users = this.seenBy.get(id);
    const others = this.working.filter(({ user }) => users?.has(user) === true);
    const next = others[id % others.length];
    if (next !== undefined) {
      this.readers.set(id, next.user);
      return next;
    }
    if (this.working.length === 0) throw this.end;
    throw new BitbucketError('account_lost', 'The only account that lists this repository cannot be used any more in this run');
  }

  private async open(): Promise<Login> {
    const { logins, connect, warn } = this.options;
    const available = await logins();
    const opened = await openAccounts({
      available,
      connect: (login) => connect(login, available, this.statistics),
      events: this.eventsOf(available),
      ...{ warn, pageSizes: this.known.pageSizes },
    });
    this.failure = opened.failure;
    this.missing = [...opened.missing];
    this.accounts = opened.accounts;
    const [first] = opened.accounts;
    if (first === undefined) throw this.end;
    return first.logIn();
  }

  private eventsOf(available: AvailableLogins): AccountEvents {
    return {
      onLost: (account, login, error) => this.lost(available, account, login, error),
      onEnd: (error) => {
        for (const account of this.accounts) account.stop(error);
      },
      isAnyLeft: () => this.working.length > 0,
    };
  }

  private async lost(available: AvailableLogins, account: Account, login: ProvenLogin, error: BitbucketError): Promise<void> {
    this.failure ??= error;
    const user = userOfKey(account.user);
    if (!account.works) this.missing.push(account.user);
    const { name: called } = login.available;
    const name = user === null || called.endsWith(` (${user})`) ? called : `${called} (${user})`;
    const rest = account.works || this.working.length > 0 ? ', and its work passes on to the others' : '';
    this.options.warn(`${name} is left out for the rest of this run${rest}: ${error.message}.`);
    await noteDenial(available, login.available, error, this.options.warn);
  }

  private get configured(): { readonly working: ReadonlySet<string>; readonly missing: readonly (string | null)[] } {
    return { working: new Set(this.working.map(({ user }) => user)), missing: this.missing };
  }

  private get working(): readonly Account[] {
    return this.accounts.filter(({ works }) => works);
  }

  /** Why nothing can be asked any more. */
  private get end(): BitbucketError {
    return (
      this.failure ??
      new BitbucketError(
        'login_denied',
        'None of the credentials may be used: all those of credential_store are disabled or expired',
        { denial: 'before' },
      )
    );
  }

  private inTurn({ kind }: RestRequest): readonly Account[] {
    const { working } = this;
    if (working.length < 2 || !FOR_ANYBODY.includes(kind)) return working;
    const first = this.turn++ % working.length;
    return [...working.slice(first), ...working.slice(0, first)];
  }

  private bitbucketOf(account: Account): Bitbucket {
    let bitbucket = this.bitbuckets.get(account);
    if (bitbucket === undefined) {
      bitbucket = new Bitbucket(account, this.options.now, false, { ...this.known, login: account.login, version: null });
      this.bitbuckets.set(account, bitbucket);
    }
    return bitbucket;
  }
}
