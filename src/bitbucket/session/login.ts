import { type Answer, readJson } from '../transport/answer';
import { API } from '../paths';
import type { RestRequest } from './request';
import { BitbucketError, isKind } from '../errors';
import type { PageSizes } from '../paging/page-sizes';
import { type Page, parsePage, type Read } from '../paging/pages';
import { isProject, isRepository, of, type RestProject, type RestRepository } from '../api/payloads';

/** A login that was proven. */
export interface Login {
  /** `X-AUSERNAME`; null for tokens that belong to a project or repository. */
  readonly userName: string | null;
  /** What the proof brought along; null when the account may not list projects. */
  readonly firstProjects: Page<RestProject> | null;
}

/** What a login is proven with: its session. */
export interface Unproven {
  /** Asks for what only the account sees, where its answers do not name it. */
  proof: (() => Promise<void>) | null;
  send<T>(request: RestRequest, read: (answer: Answer) => Promise<T>): Promise<T>;
  /** From now on nothing more is sent. @returns the error */
  stop(error: BitbucketError): BitbucketError;
}

interface Sight<T> {
  readonly userName: string | null;
  readonly page: Page<T>;
}

/**
 * Asks for the projects, alone, and proves from the answer that the login holds. An expired token is answered like an anonymous user,
 * with 200 and what is public. So a named user proves it, or one thing that is not public.
 * @throws BitbucketError 'login_denied'
 */
export async function logIn(session: Unproven, pageSizes: PageSizes): Promise<Login> {
  const login = await prove(session, pageSizes);
  // A token that expires later is answered as a stranger, for whom everything is gone, and nothing in its answers tells.
  if (login.userName === null) session.proof = () => prove(session, pageSizes).then(() => undefined);
  return login;
}

async function prove(session: Unproven, pageSizes: PageSizes): Promise<Login> {
  try {
    const seen = await look(session, pageSizes, 'projects', of(isProject));
    const proven = seen.userName !== null || seen.page.values.some((project) => project.public === false);
    return { userName: seen.userName ?? (proven ? null : await proveByRepository(session, pageSizes)), firstProjects: seen.page };
  } catch (error) {
    // Not permitted to list projects is an answer to somebody known, or to a token that was none.
    if (!isKind(error, 'forbidden') || isForeign(error)) throw error;
    return { userName: error.details.userName ?? (await proveByRepository(session, pageSizes)), firstProjects: null };
  }
}

async function proveByRepository(session: Unproven, pageSizes: PageSizes): Promise<string | null> {
  const seen = await look(session, pageSizes, 'repos', of(isRepository), { visibility: 'private' }).catch((error: unknown) => {
    if (isKind(error, 'forbidden') && error.details.status === 401) return null;
    throw error; // a 403 knows whom it refuses
  });
  const isPrivate = (repository: RestRepository) => repository.public === false;
  if (seen !== null && (seen.userName !== null || seen.page.values.some(isPrivate))) return seen.userName;
  const message =
    'The server answered as to an anonymous user: no X-AUSERNAME, and nothing but public things to see. The token is wrong, expired or revoked';
  throw session.stop(new BitbucketError('login_denied', message, { denial: 'anonymous' }));
}

/** A refusal that is not in Bitbucket's form comes from something before it, and says nothing about the login. */
function isForeign({ details }: BitbucketError): boolean {
  return details.exceptionName === undefined;
}

function look<T>(
  session: Unproven,
  pageSizes: PageSizes,
  list: 'projects' | 'repos',
  read: Read<T>,
  query: Record<string, string> = {},
): Promise<Sight<T>> {
  const sight = async (answer: Answer) => ({ userName: answer.userName, page: parsePage(await readJson(answer), read) });
  return pageSizes.fetch({ kind: list, of: '' }, 1000, (limit, canAskForLess) =>
    session.send(
      { kind: 'login', path: `${API}/${list}`, query: { ...query, start: 0, limit }, canAskForLess, lane: 'login' },
      sight,
    ),
  );
}
