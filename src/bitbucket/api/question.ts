/** Who asks. */
export interface Asking {
  /** Lanes are served in turn. */
  readonly lane: string;
  /** It is asked for because it failed in the last sync: that it fails again says nothing about the server. */
  readonly failedBefore?: boolean;
}

/** What one request asks for. */
export interface Question extends Asking {
  /** Path below the base URL: `/rest/api/1.0/projects`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  /** What is asked, for pacing and logs: `pull-requests`. */
  readonly kind: string;
  /** @default application/json */
  readonly accept?: string;
  /** Anything but GET changes the server, and is sent once only. @default GET */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** It changes nothing, whatever its method: it is tried again like a GET. @default whether it is a GET */
  readonly isRead?: boolean;
  /** Sent as JSON. */
  readonly body?: unknown;
}

export function methodOf({ method = 'GET' }: Question): string {
  return method;
}

/** Whether it may be sent again without doing anything twice. */
export function isRead(question: Question): boolean {
  return question.isRead ?? methodOf(question) === 'GET';
}

/** With its question mark; empty where nothing is asked for. */
export function queryOf({ query = {} }: Question): string {
  const parameters = Object.entries(query).map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  return parameters.length === 0 ? '' : `?${parameters.join('&')}`;
}

/** The request in words. */
export function asked(question: Question): string {
  return `${methodOf(question)} ${question.path}`;
}

/** What makes a request one that changes something. */
export function changeOf({ method = 'GET', body }: Question): { method?: string; body?: string } {
  return { ...(method !== 'GET' && { method }), ...(body !== undefined && { body: JSON.stringify(body) }) };
}
