import type { Credentials } from '../config/credentials';

/** In the environment of the connector that `sync` starts: it was told that the password in `credentials` is denied. */
export const LOGIN_DENIED = 'BITBUCKET_LOGIN_DENIED';

/** The logins with a password that Bitbucket has denied to this process: each further attempt brings the lock of the account nearer. */
export class DeniedLogins {
  private readonly known = new Set<string>();

  add(login: Credentials): void {
    if (login.type === 'basic') this.known.add(keyOf(login));
  }

  has(login: Credentials): boolean {
    return login.type === 'basic' && this.known.has(keyOf(login));
  }
}

function keyOf({ username, password }: Extract<Credentials, { readonly type: 'basic' }>): string {
  return JSON.stringify([username.toLowerCase(), password]);
}
