import { refusals } from './answers';
import type { Project, Repository, User } from './model';
import { hash } from './random';
import { visible, type World } from './world';

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

/** Whom the server takes the client for. */
export type Identity =
  | { readonly kind: 'user'; readonly user: User }
  | { readonly kind: 'token'; readonly scope: 'project' | 'repository' }
  | { readonly kind: 'anonymous' };

/** How a request presented itself. */
export type Scheme = 'basic' | 'bearer' | 'none';

const MAXIMUM_ATTEMPTS = 5;

/** Accounts, tokens, failed logins and the lock they lead to. */
export class Authentication {
  readonly credentials: Credentials;
  failedLogins = 0;
  private failures = 0;
  private readonly revoked = new Set<string>();

  constructor(
    private readonly world: World,
    username: string,
    private readonly unlicensed: string,
  ) {
    const token = (name: string): string => `BBDC-${Buffer.from(hash(world.seed, name)).toString('base64').slice(0, 39)}`;
    this.credentials = {
      username,
      password: `secret-${hash(world.seed, 'password').slice(0, 12)}`,
      token: token('personal'),
      projectToken: token('project'),
      repositoryToken: token('repository'),
      expiredToken: token('expired'),
      unlicensed: { username: unlicensed, password: 'no-licence' },
    };
  }

  /** The account answers with CAPTCHA until an administrator unlocks it. */
  get locked(): boolean {
    return this.failures >= MAXIMUM_ATTEMPTS;
  }

  lock(): void {
    this.failures = MAXIMUM_ATTEMPTS;
  }

  unlock(): void {
    this.failures = 0;
  }

  /** From now on, this token or password is none. */
  revoke(secret: string): void {
    this.revoked.add(secret);
  }

  /** It is valid again. */
  restore(secret: string): void {
    this.revoked.delete(secret);
  }

  /** The identity behind an Authorization header; a token that is none makes an anonymous client, a wrong password a refusal. */
  identify(header: string | undefined): { identity: Identity; scheme: Scheme } {
    const [scheme = '', value = ''] = (header ?? '').split(' ');
    if (scheme.toLowerCase() === 'bearer') return { identity: this.bearer(value), scheme: 'bearer' };
    if (scheme.toLowerCase() === 'basic') return { identity: this.basic(value), scheme: 'basic' };
    return { identity: { kind: 'anonymous' }, scheme: 'none' };
  }

  private bearer(token: string): Identity {
    const { credentials, revoked } = this;
    if (revoked.has(token)) return { kind: 'anonymous' };
    if (token === credentials.token) return { kind: 'user', user: this.account() };
    if (token === credentials.projectToken) return { kind: 'token', scope: 'project' };
    if (token === credentials.repositoryToken) return { kind: 'token', scope: 'repository' };
    return { kind: 'anonymous' };
  }

  private basic(value: string): Identity {
    const { credentials, revoked } = this;
    const decoded = Buffer.from(value, 'base64').toString();
    const colon = decoded.indexOf(':');
    const username = decoded.slice(0, colon);
    const password = decoded.slice(colon + 1);
    if (username === this.unlicensed && password === credentials.unlicensed.password) throw refusals.noLicence();
    const account = this.account();
    if (username === account.name && password === credentials.token && !revoked.has(password))
      return { kind: 'user', user: account };
    if (username === account.name && this.locked) throw refusals.captcha();
    if (username === account.name && password === credentials.password && !revoked.has(password)) {
      this.failures = 0;
      return { kind: 'user', user: account };
    }
    this.failedLogins += 1;
    if (username === account.name) this.failures += 1;
    throw refusals.incorrectPassword();
  }

  private account(): User {
    return this.world.users[0]!;
  }
}

/** What an identity may see. */
export class Permissions {
  constructor(private readonly world: World) {}

  repository(identity: Identity, repository: Repository): boolean {
    if (!visible(repository)) return false;
    if (identity.kind === 'user') return true;
    if (identity.kind === 'anonymous') return repository.public || repository.project.public;
    return identity.scope === 'project' ? repository.project === this.scopeProject() : repository === this.scopeRepository();
  }

  project(identity: Identity, project: Project): boolean {
    if (project.deleted || project.hidden !== false) return false;
    if (identity.kind === 'user') return true;
    if (identity.kind === 'token' && identity.scope === 'project') return project === this.scopeProject();
    if (identity.kind === 'anonymous' && project.public) return true;
    return this.world.repositories.some((repository) => repository.project === project && this.repository(identity, repository));
  }

  private scopeProject(): Project | undefined {
    return this.world.projects.find(({ owner }) => owner === undefined);
  }

  private scopeRepository(): Repository | undefined {
    return this.world.repositories[0];
  }
}
