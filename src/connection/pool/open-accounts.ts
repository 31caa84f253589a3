import { createHash } from 'node:crypto';
import { BitbucketError, isKind } from '../../bitbucket/errors';
import type { PageSizes } from '../../bitbucket/paging/page-sizes';
import type { Session } from '../../bitbucket/session/session';
import type { AvailableLogin, AvailableLogins } from '../../credentials/available-logins';
import { Account, type AccountEvents, isOfLogin, type ProvenLogin } from './account';
import { namelessKey, userKey } from './agreement';

/** Why a login is not tried. */
export const DENIED_BEFORE =
  'Bitbucket has just denied the same user name and password, and each further attempt could lock the account';

/** What comes of trying all logins. */
export interface OpenedAccounts {
  /** In the order of their first logins. */
  readonly accounts: readonly Account[];
  /** The users of those that do not work; null: it is not known who. */
  readonly missing: readonly (string | null)[];
  /** Why the first that does not work does not. */
  readonly failure: BitbucketError | null;
}

/** What trying the logins needs. */
export interface OpeningOptions {
  readonly available: AvailableLogins;
  readonly connect: (login: AvailableLogin) => Session;
  readonly events: AccountEvents;
  readonly warn: (message: string) => void;
  readonly pageSizes: PageSizes;
}

/**
 * Tries each login once, one after the other, and joins those of the same user.
 * @throws BitbucketError where the failure is not that of a login, and none has worked so far
 */
export async function openAccounts({ available, connect, events, warn, pageSizes }: OpeningOptions): Promise<OpenedAccounts> {
  const accounts: Account[] = [];
  const missing: (string | null)[] = available.inactive.map(({ account }) => (account === null ? null : userKey(account)));
  let failure: BitbucketError | null = null;
  for (const warning of available.warnings) warn(warning);
  for (const each of available.logins) {
    if (available.isDenied(each)) {
      missing.push(userOf(each));
      failure ??= new BitbucketError('login_denied', 'The login was denied before', { denial: 'before' });
      warn(`${each.name} is left out of this run: ${DENIED_BEFORE}.`);
      await noteDenied(available, each, warn);
      continue;
    }
    const session = connect(each);
    try {
      const login = await session.logIn(pageSizes);
      join(accounts, { available: each, session, login }, events, warn);
      await noteAccount(available, each, login.userName, warn);
    } catch (error) {
      if (!(error instanceof BitbucketError) || concernsAll(error, accounts.length > 0)) throw error;
      failure ??= error;
      missing.push(userOf(each));
      warn(`${each.name} is left out of this run: ${error.message}.`);
      await noteDenial(available, each, error, warn);
    }
  }
  return { accounts, missing, failure };
}

/** Whether a failure would be that of the other logins, too. @param works whether one of them works */
export function concernsAll(error: BitbucketError, works: boolean): boolean {
  if (isKind(error, 'aborted', 'tls', 'proxy_denied', 'server_down')) return true;
  return !works && !isOfLogin(error) && !isKind(error, 'forbidden');
}

/** Notes in the store that Bitbucket itself denied a login; a proxy's refusal, or a missing licence, says nothing about the secret. */
export async function noteDenial(
  available: AvailableLogins,
  login: AvailableLogin,
  error: BitbucketError,
  warn: (message: string) => void,
): Promise<void> {
  if (isDeniedByBitbucket(error)) await noteDenied(available, login, warn);
}

/** Notes that a login was denied, by Bitbucket itself. */
export async function noteDenied(
  { deny }: AvailableLogins,
  login: AvailableLogin,
  warn: (message: string) => void,
): Promise<void> {
  try {
    await deny(login);
  } catch (caught) {
    warn(`That ${login.name} was denied could not be noted: ${(caught as Error).message}`);
  }
}

/** Notes in the store as whom the server answers now: a user may be renamed, and is told by it when the login is denied later. */
async function noteAccount(
  { note }: AvailableLogins,
  login: AvailableLogin,
  userName: string | null,
  warn: (message: string) => void,
): Promise<void> {
  if (login.stored === null || login.stored.account === userName) return;
  try {
    await note(login, userName);
  } catch (caught) {
    warn(`As whom ${login.name} logs in could not be noted: ${(caught as Error).message}`);
  }
}

/** Whether Bitbucket itself says that the login is wrong, or locked: each further attempt brings the lock nearer. */
export function isDeniedByBitbucket(error: BitbucketError): boolean {
  return error.kind === 'login_denied' && /IncorrectPassword|Captcha/.test(error.details.exceptionName ?? '');
}

/** Who a login that does not work is, as far as that is known. */
export function userOf({ login, stored }: AvailableLogin): string | null {
  if (stored?.account != null) return userKey(stored.account);
  return login.type === 'basic' ? userKey(login.username) : null;
}

function join(accounts: Account[], proven: ProvenLogin, events: AccountEvents, warn: (message: string) => void): void {
  const { userName } = proven.login;
  const user = userName === null ? namelessKey(keyOf(proven.available)) : userKey(userName);
  const known = accounts.find((account) => account.user === user);
  if (known === undefined) {
    accounts.push(new Account(user, proven, events));
    return;
  }
  known.add(proven);
  warn(
    `${proven.available.name} is of the same user as another one (${String(userName)}): Bitbucket limits the rate of users, so it makes nothing faster. It is used only if the other one fails.`,
  );
}

/**
 * What tells a credential from others in each sync, whatever its label or its place in the configuration becomes: its id in the store, its
 * user name, or a few digits that a token makes and that tell nothing of it.
 */
function keyOf({ login, stored }: AvailableLogin): string {
  if (stored !== null) return `credential ${stored.id}`;
  if (login.type === 'basic') return `login of ${userKey(login.username)}`;
  return createHash('sha256').update(`account ${login.token}`).digest('hex').slice(0, 8);
}
