/** Who asks. */
export interface Asking {
  /** Lanes are served in turn. */
  readonly lane: string;
  /** It is asked for because it failed in the last sync: that it fails again says nothing about the server. */
  readonly failedBefore?: boolean;
  /** Attempts at most, where the run's policy allows more. @default as many as that allows */
  readonly attempts?: number;
  /** Without a byte for this long (milliseconds) it has failed, and is not tried again. @default as long as the connection waits */
  readonly timeoutMs?: number;
}

/** What one request asks for. */
export interface RestRequest extends Asking {
  /** Path below the base URL: `/rest/api/1.0/projects`. */
  readonly path: string;
  /** By names that need no encoding. */
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  /** What is asked, for pacing and logs: `pull-requests`. */
  readonly kind: string;
  /** @default application/json */
  readonly accept?: string;
  /** @default GET */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** It changes nothing, whatever its method: it is tried again like a GET. @default whether it is a GET */
  readonly isRead?: boolean;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Where it is too much for the server, less will be asked for at once: that is no reason to wait, and no sign of an outage. @default false */
  readonly canAskForLess?: boolean;
}

export function methodOf({ method = 'GET' }: RestRequest): string {
  return method;
}

/** Whether it may be sent again without doing anything twice. */
export function isRead(request: RestRequest): boolean {
  return request.isRead ?? methodOf(request) === 'GET';
}

/** Path and query, below the base URL. */
export function addressOf({ path, query = {} }: Pick<RestRequest, 'path' | 'query'>): string {
  let address = path;
  let separator = '?';
  for (const name in query) {
    const value = query[name];
    address += `${separator}${name}=${typeof value === 'string' ? encodeURIComponent(value) : String(value)}`;
    separator = '&';
  }
  return address;
}

/** The request in words. */
export function inWords(request: RestRequest): string {
  return `${methodOf(request)} ${request.path}`;
}
