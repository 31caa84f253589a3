import type { Credentials } from '../config/credentials';
import { type Answer, detailsOf, failureOf, idleWarning, summaryOf, warningsOf } from './answer';
import { CredentialsError } from './credentials-error';
import { type CredentialRequest, parseCredential, parseId, parseJson, requireLogin } from './request';
import type { StoreOpener } from './open-store';
import { damaged } from './sql-store';
import type { CredentialStore, Secret, StoredCredential } from './store';

/** What Bitbucket says to a login: the codes and messages of `check`. */
export type Verification =
  | { readonly succeeded: true; readonly userName: string | null }
  | { readonly succeeded: false; readonly code: string; readonly message: string };

/** What the operations work with. */
export interface Surroundings {
  readonly store: StoreOpener;
  /** Tries a login at the server. */
  readonly verify: (login: Credentials) => Promise<Verification>;
  readonly now: () => number;
}

/** What can be done with credentials; `rekey` is for the command alone. */
export type Operation = 'create' | 'update' | 'info' | 'list' | 'delete' | 'rekey';

/** How often an update begins anew because the credential changed while its login was verified. */
const ATTEMPTS = 3;

/**
 * Does one operation. Nothing is stored that the server has not accepted.
 * @param input what the request says: an object with `id`, or what `create` and `update` take; for `rekey` the new key; nothing for `list`
 * @returns the answer, also to what cannot be done; anything unforeseen is thrown
 */
export async function perform(operation: Operation, input: unknown, surroundings: Surroundings): Promise<Answer> {
  try {
    return await OPERATIONS[operation](input, surroundings);
  } catch (error) {
    if (error instanceof CredentialsError) return failureOf(error);
    throw error;
  }
}

/** Does one operation with a request that is JSON text; see {@link perform}. */
export async function performJson(operation: Operation, text: string, surroundings: Surroundings): Promise<Answer> {
  let input: unknown;
  try {
    input = parseJson(text);
  } catch (error) {
    if (error instanceof CredentialsError) return failureOf(error);
    throw error;
  }
  return perform(operation, input, surroundings);
}

const OPERATIONS: Readonly<Record<Operation, (input: unknown, surroundings: Surroundings) => Promise<Answer>>> = {
  create: async (input, { store: opener, verify, now }) => {
    const { label = null, username = null, secret, expirationDate = null } = parseCredential(input, []);
    requireLogin(username, secret);
    // The key is tried before anything is sent; a store is made only for a credential that the server has accepted.
    return using(opener.find(), async (found) => {
      const account = await accountOf(verify, loginOf(username, secret));
      const content = { label, username, secret, expirationDate, account };
      const add = async (store: CredentialStore) => changed(await store.add(content, now()), now());
      return found === null ? using(opener.make(), add) : add(found);
    });
  },

  update: async (input, { store: opener, verify, now }) => {
    const id = parseId(input);
    const request = parseCredential(input, ['id']);
    return usingStoreOf(id, opener, async (store) => {
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        const found = existing(await store.find(id), id);
        const updated = await update(store, found, request, verify);
        if (updated !== null) return changed(updated, now());
      }
      throw CredentialsError.of(
        'store_unavailable',
        `Credential ${id} is changed by somebody else again and again: try it later.`,
      );
    });
  },

  info: async (input, { store: opener }) => {
    const id = parseId(input);
    return usingStoreOf(id, opener, async (store) => ({
      ok: true,
      credential: detailsOf(readable(existing(await store.find(id), id))),
    }));
  },

  list: async (_input, { store: opener, now }) =>
    using(opener.find(), async (store) => {
      const credentials = ((await store?.list()) ?? []).map(readable);
      return { ok: true, credentials: credentials.map(detailsOf), ...warningsOf(credentials, now()) };
    }),

  delete: async (input, { store: opener, now }) => {
    const id = parseId(input);
    return usingStoreOf(id, opener, async (store) => ({
      ok: true,
      credential: summaryOf(existing(await store.remove(id, now()), id)),
    }));
  },

  rekey: async (input, { store: opener }) => {
    if (typeof input !== 'string' || input.trim() === '')
      throw CredentialsError.of(
        'invalid_request',
        'BITBUCKET_CREDENTIALS_NEW_KEY is missing: set it to the new key, 32 bytes in base64, such as openssl rand -base64 32 prints, or a passphrase.',
      );
    return using(opener.find(), async (store) => {
      if (store === null)
        throw CredentialsError.of(
          'store_unavailable',
          'There is no credential store at that place: bring it back if there was one, else create makes it, with the key that it is to have.',
        );
      await store.rekey(input);
      return { ok: true };
    });
  },
};

/** The answer to create and update: also that nobody uses what was stored, as with a new secret and the old date. */
function changed(credential: StoredCredential, now: number): Answer {
  const warning = idleWarning(credential, now);
  return { ok: true, credential: summaryOf(credential), ...(warning !== null && { warnings: [warning] }) };
}

/** Null where the credential changed meanwhile. */
async function update(
  store: CredentialStore,
  found: StoredCredential,
  request: CredentialRequest,
  verify: Surroundings['verify'],
): Promise<StoredCredential | null> {
  const { label = found.label, username = found.username, expirationDate = found.expirationDate, secret } = request;
  const changesLogin = request.username !== undefined || secret !== undefined;
  let { account } = found;
  if (changesLogin) {
    const used = secret ?? readable(found).secret;
    requireLogin(username, used);
    account = await accountOf(verify, loginOf(username, used));
  }
  const change = { label, username, expirationDate, account, enable: changesLogin };
  return store.replace(found, secret === undefined ? change : { ...change, secret });
}

/** The login that a credential is. */
export function loginOf(username: string | null, { kind, value }: Secret): Credentials {
  return kind === 'token' ? { type: 'token', token: value } : { type: 'basic', username: username ?? '', password: value };
}

async function accountOf(verify: Surroundings['verify'], login: Credentials): Promise<string | null> {
  const verification = await verify(login);
  if (verification.succeeded) return verification.userName;
  const { code, message } = verification;
  throw new CredentialsError(code, message.startsWith(`${code}: `) ? message.slice(code.length + 2) : message);
}

async function using<S extends CredentialStore | null>(opened: Promise<S>, work: (store: S) => Promise<Answer>): Promise<Answer> {
  const store = await opened;
  try {
    return await work(store);
  } finally {
    await store?.close();
  }
}

/** Works with the store that a credential is to be in. */
function usingStoreOf(id: number, { find }: StoreOpener, work: (store: CredentialStore) => Promise<Answer>): Promise<Answer> {
  return using(find(), async (store) => {
    if (store === null) throw notFound(id);
    return work(store);
  });
}

function existing(credential: StoredCredential | null, id: number): StoredCredential {
  if (credential === null) throw notFound(id);
  return credential;
}

function notFound(id: number): CredentialsError {
  return CredentialsError.of('credential_not_found', `There is no credential ${id}: list shows those that there are.`);
}

function readable(credential: StoredCredential): StoredCredential {
  if (credential.secret === null) throw damaged(credential.id);
  return credential;
}
