import { asked } from '../errors';
import { readText } from '../transport/answer';
import { API } from '../paths';
import { transportFailure } from '../transport/failure';
import type { Http } from '../transport/http';

/** Where Bitbucket answers, and which. */
export interface Located {
  readonly serverUrl: string;
  readonly version: string;
}

/** Context paths that administrators like. */
const USUAL = ['', '/bitbucket', '/stash', '/git', '/scm', '/code'];
const PATH = `${API}/application-properties`;
const MAX_BYTES = 64 * 1024;

/**
 * Asks without credentials, at the address itself and around it, for what every Bitbucket tells everybody: its application properties.
 * @param own what the address itself answers, where it was asked already
 * @returns the address that answers, the given one first; null where none does
 */
export async function locateBitbucket(
  http: Http,
  serverUrl: string,
  signal: AbortSignal,
  own = lookAt(http, serverUrl, signal),
): Promise<Located | null> {
  const around = addressesAround(serverUrl).filter((address) => address !== serverUrl);
  const answers = [own, ...around.map((address) => lookAt(http, address, signal))];
  const found = await Promise.all(answers.map((each) => each.catch(() => null)));
  return found.find((located) => located !== null) ?? null;
}

/** Whether Bitbucket answers at just this address; null: something else does. @throws BitbucketError where there is no answer */
export async function lookAt(http: Http, serverUrl: string, signal: AbortSignal): Promise<Located | null> {
  try {
    return await ask(http, serverUrl, signal, true);
  } catch (error) {
    const failure = transportFailure(error);
    if (failure === null) return null; // an answer, though not that of Bitbucket
    throw asked(`GET ${PATH}`, failure);
  }
}

async function ask(http: Http, serverUrl: string, signal: AbortSignal, mayMove: boolean): Promise<Located | null> {
  const { status, headers, body } = await http({
    url: serverUrl + PATH,
    headers: { accept: 'application/json' },
    signal,
  });
  if (status >= 300 && status < 400 && headers.location !== undefined && mayMove) {
    body.resume();
    const to = new URL(headers.location, serverUrl + PATH);
    return to.pathname.endsWith(PATH) ? await ask(http, to.origin + to.pathname.slice(0, -PATH.length), signal, false) : null;
  }
  const text = await readText(body, MAX_BYTES);
  if (status !== 200) return null;
  const { version, buildNumber } = JSON.parse(text) as { version?: unknown; buildNumber?: unknown };
  return typeof version === 'string' && buildNumber !== undefined ? { serverUrl, version } : null;
}

/** The address itself, what is left of it without its last parts, and the usual context paths. */
function addressesAround(serverUrl: string): string[] {
  const { origin, pathname } = new URL(serverUrl);
  const segments = pathname.split('/').filter((segment) => segment !== '');
  const above = segments.map((_, index) => `/${segments.slice(0, segments.length - index).join('/')}`);
  return [...new Set([...above.slice(0, 4), ...USUAL])].map((path) => origin + path);
}
