import { BitbucketError, isKind } from '../../bitbucket/errors';
import type { Login } from '../../bitbucket/session/login';
import { isRead, type RestRequest } from '../../bitbucket/session/request';
import type { Sender } from '../../bitbucket/session/sender';
import type { Session } from '../../bitbucket/session/session';
import type { Statistics } from '../../bitbucket/session/statistics';
import { type Answer, readJson } from '../../bitbucket/transport/answer';
import type { AvailableLogin } from '../../credentials/available-logins';

/** A login that was proven. */
export interface ProvenLogin {
  readonly available: AvailableLogin;
  readonly session: Session;
  readonly login: Login;
}

/** What an account tells whoever holds several. */
export interface AccountEvents {
  /** A login of it cannot be used any more: waited for before anything else is sent for what it asked. */
  readonly onLost: (account: Account, login: ProvenLogin, error: BitbucketError) => Promise<void>;
  /** No request of any account can succeed any more. */
  readonly onEnd: (error: BitbucketError) => void;
  /** Whether another account works. */
  readonly isAnyLeft: () => boolean;
}

/** One user, with all logins that turned out to be its; one of them is used at a time, for the server limits users. */
export class Account implements Sender {
  private readonly logins: ProvenLogin[] = [];
  private readonly losses = new Map<ProvenLogin, Promise<void>>();

  constructor(
    /** What tells it from others, in each sync the same. */
    readonly user: string,
    private readonly first: ProvenLogin,
    private readonly events: AccountEvents,
  ) {
    this.add(first);
  }

  add(login: ProvenLogin): void {
    this.logins.push(login);
  }

  /** Whether one of its logins may still be used. */
  get works(): boolean {
    return this.logins.length > 0;
  }

  get statistics(): Statistics {
    return this.first.session.statistics;
  }

  get lastFailure(): BitbucketError | null {
    return (this.logins[0] ?? this.first).session.lastFailure;
  }

  /** What its first login has shown. */
  get login(): Login {
    return this.first.login;
  }

  logIn(): Promise<Login> {
    return Promise.resolve(this.login);
  }

  json(request: RestRequest): Promise<unknown> {
    return this.send(request, readJson);
  }

  /** @throws BitbucketError 'account_lost' where none of its logins may be used any more, but another account works */
  async send<T>(request: RestRequest, read: (answer: Answer) => Promise<T>): Promise<T> {
    let failure: BitbucketError | null = null;
    for (let [login] = this.logins; login !== undefined; [login] = this.logins) {
      try {
        return await login.session.send(request, read);
      } catch (error) {
        if (isKind(error, 'server_down', 'tls', 'proxy_denied')) this.events.onEnd(error);
        if (!isOfLogin(error)) throw error;
        failure = error;
        await this.lose(login, error);
        if (!isRead(request)) break;
      }
    }
    const lost = failure ?? new BitbucketError('login_denied', 'The login was denied before');
    if (!this.events.isAnyLeft()) throw lost;
    throw new BitbucketError('account_lost', `The account ${this.user} cannot be used any more in this run`, { cause: lost });
  }

  /** Sends nothing more. */
  stop(error: BitbucketError): void {
    for (const { session } of this.logins) session.stop(error);
  }

  private lose(login: ProvenLogin, error: BitbucketError): Promise<void> {
    let loss = this.losses.get(login);
    if (loss === undefined) {
      this.logins.splice(this.logins.indexOf(login), 1);
      loss = this.events.onLost(this, login, error);
      this.losses.set(login, loss);
    }
    return loss;
  }
}

/** Whether a failure is that of one login, and others may go on. */
export function isOfLogin(error: unknown): error is BitbucketError {
  return isKind(error, 'login_denied', 'no_licence', 'rate_limited');
}
