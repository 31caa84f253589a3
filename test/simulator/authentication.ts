import { refusals } from './answers';
import type { Project, Repository, User } from './model';
import { hash } from './random';
import type { ProjectReference, RepositoryReference, UserReference, World } from './world';

/** How to log in to the simulator, rightly and wrongly. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** A personal access token: Bearer, or the password of Basic. */
  readonly token: string;
  /** HTTP access token of the first project: no user, only that project. */
  readonly projectToken: string;
  /** HTTP access token of the first repository: no user, only that repository. */
  readonly repositoryToken: string;
  /** Was a token once. */
  readonly expiredToken: string;
  /** A user whom the licence does not cover. */
  readonly unlicensed: { readonly username: string; readonly password: string };
}

/** How to log in as one more user. */
export interface Login {
  readonly username: string;
  readonly password: string;
  /** Personal access tokens, all of the same user. */
  readonly tokens: readonly string[];
}

/** Whom the server takes the client for. */
export type Identity =
  | { readonly kind: 'user'; readonly user: User }
  /** An HTTP access token of a project or a repository: no user, only that place. */
  | { readonly kind: 'token'; readonly place: Project | Repository; readonly name: string }
  | { readonly kind: 'anonymous' };

/** How a request presented itself. */
export type Scheme = 'basic' | 'bearer' | 'none';

/** What an Authorization header turned out to be; `owner` is whose secret or name was presented, valid or not. */
export interface Identified {
  readonly identity: Identity;
  readonly scheme: Scheme;
  readonly owner: string | null;
}

interface Account {
  readonly user: () => User;
  readonly password: string;
  /** Wrong passwords in a row. */
  failures: number;
  /** Ever. */
  failedLogins: number;
}

const MAXIMUM_ATTEMPTS = 5;

/** Accounts, tokens, failed logins and the lock they lead to. */
export class Authentication {
  readonly credentials: Credentials;
  /** Wrong passwords so far, of anybody. */
  failedLogins = 0;
  /** false: every Basic login is answered 403, as the default of 10.x is. */
  basicAllowed = true;
  private readonly main: Account;
  private readonly accounts: Account[] = [];
  private readonly tokens = new Map<string, () => Identity>();
  private readonly revoked = new Set<string>();

  constructor(
    private readonly world: World,
    username: string,
    private readonly unlicensed: string,
  ) {
    this.credentials = {
      username,
      password: `secret-${hash(world.seed, 'password').slice(0, 12)}`,
      token: this.secret('personal'),
      projectToken: this.secret('project'),
      repositoryToken: this.secret('repository'),
      expiredToken: this.secret('expired'),
      unlicensed: { username: unlicensed, password: 'no-licence' },
    };
    const { password, token, projectToken, repositoryToken } = this.credentials;
    this.main = { user: () => world.users[0]!, password, failures: 0, failedLogins: 0 };
    this.accounts.push(this.main);
    this.tokens.set(token, () => ({ kind: 'user', user: this.main.user() }));
    this.tokens.set(projectToken, () =>
      this.ofPlace(
        world.projects.find(({ owner }) => owner === undefined),
        'project',
      ),
    );
    this.tokens.set(repositoryToken, () => this.ofPlace(world.repositories[0], 'repository'));
  }

  /** One more user who may log in, with a password and so many tokens. */
  addAccount(reference: UserReference, tokens = 1): Login {
    const user = this.world.user(reference);
    const password = `secret-${hash(this.world.seed, user.id, 'password').slice(0, 12)}`;
    this.accounts.push({ user: () => user, password, failures: 0, failedLogins: 0 });
    return { username: user.name, password, tokens: Array.from({ length: tokens }, () => this.addToken(reference)) };
  }

  /** One more personal access token of a user. */
  addToken(reference: UserReference): string {
    const user = this.world.user(reference);
    return this.keep(this.secret(`personal ${user.id} ${this.tokens.size}`), () => ({ kind: 'user', user }));
  }

  /** An HTTP access token of a project or of a repository; it has no user. */
  addPlaceToken(reference: { readonly project: ProjectReference } | { readonly repository: RepositoryReference }): string {
    const place = 'project' in reference ? this.world.project(reference.project) : this.world.repository(reference.repository);
    const name = `token ${this.tokens.size}`;
    return this.keep(this.secret(name), () => this.ofPlace(place, name));
  }

  /** The account answers with CAPTCHA until an administrator unlocks it. */
  get locked(): boolean {
    return this.isLocked(this.main);
  }

  /** @param username default the first account */
  lock(username?: string): void {
    this.account(username).failures = MAXIMUM_ATTEMPTS;
  }

  unlock(username?: string): void {
    this.account(username).failures = 0;
  }

  /** Wrong passwords of one user so far. */
  failedLoginsOf(username: string): number {
    return this.account(username).failedLogins;
  }

  /** From now on, this token or password is none. */
  revoke(secret: string): void {
    this.revoked.add(secret);
  }

  /** It is valid again. */
  restore(secret: string): void {
    this.revoked.delete(secret);
  }

  /** The identity behind an Authorization header; a token that is none makes an anonymous client, a wrong password a refusal. `noted` learns whose it is before that. */
  identify(header: string | undefined, noted: (owner: string | null, scheme: Scheme) => void = () => undefined): Identified {
    const [scheme = '', value = ''] = (header ?? '').split(' ');
    if (scheme.toLowerCase() === 'bearer') {
      const of = this.tokens.get(value)?.();
      const owner = of?.kind === 'user' ? of.user.name : of?.kind === 'token' ? of.name : null;
      noted(owner, 'bearer');
      return { identity: of === undefined || this.revoked.has(value) ? { kind: 'anonymous' } : of, scheme: 'bearer', owner };
    }
    if (scheme.toLowerCase() !== 'basic') return { identity: { kind: 'anonymous' }, scheme: 'none', owner: null };
    const decoded = Buffer.from(value, 'base64').toString();
    const colon = decoded.indexOf(':');
    const username = decoded.slice(0, colon);
    noted(username, 'basic');
    return { identity: this.basic(username, decoded.slice(colon + 1)), scheme: 'basic', owner: username };
  }

  private basic(username: string, password: string): Identity {
    const { credentials, revoked } = this;
    if (!this.basicAllowed) throw refusals.basicDisabled();
    if (username === this.unlicensed && password === credentials.unlicensed.password) throw refusals.noLicence();
    const account = this.accounts.find(({ user }) => user().name === username);
    const known = this.tokens.get(password)?.();
    if (account !== undefined && known?.kind === 'user' && known.user === account.user() && !revoked.has(password)) return known;
    if (account !== undefined && this.isLocked(account)) throw refusals.captcha();
    if (account !== undefined && password === account.password && !revoked.has(password)) {
      account.failures = 0;
      return { kind: 'user', user: account.user() };
    }
    this.failedLogins += 1;
    if (account !== undefined) {
      account.failures += 1;
      account.failedLogins += 1;
    }
    throw refusals.incorrectPassword();
  }

  private isLocked({ failures }: Account): boolean {
    return failures >= MAXIMUM_ATTEMPTS;
  }

  private account(username?: string): Account {
    const found = username === undefined ? this.main : this.accounts.find(({ user }) => user().name === username);
    if (found === undefined) throw new Error(`${username ?? ''} has no account`);
    return found;
  }

  private ofPlace(place: Project | Repository | undefined, name: string): Identity {
    return place === undefined ? { kind: 'anonymous' } : { kind: 'token', place, name };
  }

  private keep(secret: string, identity: () => Identity): string {
    this.tokens.set(secret, identity);
    return secret;
  }

  private secret(name: string): string {
    return `BBDC-${Buffer.from(hash(this.world.seed, name)).toString('base64').slice(0, 39)}`;
  }
}
