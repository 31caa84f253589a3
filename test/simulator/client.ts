import type { Simulator } from './index';

/** What came back. */
export interface Response {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed, if it is JSON. */
  readonly body: any;
}

/** A client for tests of the simulator itself: follows pages, knows nothing else. */
export interface Client {
  /** Of the REST API; what begins with `/rest/` is taken as it is. */
  readonly get: (path: string, headers?: Readonly<Record<string, string>>) => Promise<Response>;
  /** Every entry of a listing, page by page. */
  readonly all: (path: string, limit?: number) => Promise<any[]>;
}

/** Bearer, unless told otherwise; '' for none. */
export const client = (simulator: Simulator, authorization = `Bearer ${simulator.credentials.token}`): Client => {
  const get = async (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> => {
    const url = /^\/(?:status|rest\/)/.test(path) ? simulator.url + path : `${simulator.url}/rest/api/1.0${path}`;
    const answer = await fetch(url, {
      headers: { Accept: 'application/json', ...(authorization === '' ? {} : { Authorization: authorization }), ...headers },
      redirect: 'manual',
    });
    const text = await answer.text();
    const json = (answer.headers.get('content-type') ?? '').includes('json') && text !== '';
    return { status: answer.status, headers: answer.headers, text, body: json ? JSON.parse(text) : undefined };
  };
  const all = async (path: string, limit = 25): Promise<any[]> => {
    const values: any[] = [];
    for (let start: number | undefined = 0; start !== undefined;) {
      const { status, body } = await get(`${path}${path.includes('?') ? '&' : '?'}start=${start}&limit=${limit}`);
      if (status !== 200) throw new Error(`${status} for ${path}: ${JSON.stringify(body)}`);
      values.push(...body.values);
      const next = body.isLastPage === true ? undefined : (body.nextPageStart as number);
      if (next !== undefined && next <= start) throw new Error(`${path} loops at ${next}`);
      start = next;
    }
    return values;
  };
  return { get, all };
};

/** `Basic …`. */
export const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
