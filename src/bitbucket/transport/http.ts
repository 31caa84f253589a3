import type http from 'node:http';
import tls from 'node:tls';
import { Axios } from './axios';
import type { Body } from './body';
import type { HttpOptions } from './http-options';
import { nodeAdapter, type NodeRequest, type NodeResponse, Outgoing } from './node-adapter';
import type { Trust } from './route';

/** One request as it goes over the wire. */
export interface HttpRequest {
  /** @default GET */
  readonly method?: string;
  /** Below the base URL (`/rest/api/1.0/projects?start=0`), or a whole URL. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body?: string | undefined;
  /** Without a byte for this long it has failed, where the transport itself would wait longer. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One answer, its body still on its way. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Body;
}

/** The transport: rejects when no answer comes, or with what stood in its way. The body's errors come with the body. */
export type Http = (request: HttpRequest) => Promise<HttpAnswer>;

/** Node's own roots and further certificates; no certificates leave Node's defaults, `NODE_EXTRA_CA_CERTS` among them, as they are. */
export function trustOf({ certificates, verifyTls }: Pick<HttpOptions, 'certificates' | 'verifyTls'>): Trust {
  return {
    ...(certificates.length > 0 && {
      secureContext: tls.createSecureContext({ ca: [...tls.rootCertificates, ...certificates] }),
    }),
    ...(!verifyTls && { rejectUnauthorized: false }),
  };
}

/**
 * The transport that all sessions share: axios, without its defaults, interceptors and transforms, over an adapter of our own (see
 * docs/performance.md for why). Any status is an answer; redirects are told, not followed.
 */
export function createHttp(options: HttpOptions): Http {
  const axios = new Axios({ adapter: nodeAdapter(options, trustOf(options)) });
  return async ({ method = 'GET', url, headers, body, timeoutMs, signal }) => {
    const sent = method === 'GET' ? headers : Object.assign(changing(body), headers);
    const config: NodeRequest = { outgoing: new Outgoing(url, method, sent, body, timeoutMs, signal) };
    const { status, data }: NodeResponse = await axios.request(config);
    return { status, headers: data.headers, body: data.body };
  };
}

/** Bitbucket takes a change without the last header for one that a foreign page has a browser send. */
function changing(body: string | undefined): Record<string, string> {
  return {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body ?? '')),
    'x-atlassian-token': 'no-check',
  };
}
