import type { ProxyFor } from './proxy';

/** What the transport needs to know of the connection. */
export interface HttpOptions {
  /** Context path included. */
  readonly baseUrl: string;
  /** Sent with every request: some firewalls refuse those without. */
  readonly userAgent: string;
  /** Without a byte for this long (milliseconds), a request has failed with ETIMEDOUT. */
  readonly timeoutMs: number;
  /** An answer that is not complete after this long (milliseconds) is none, however it trickles. @default ten times `timeoutMs` */
  readonly patienceMs?: number;
  /** Connections at most. */
  readonly maxConnections: number;
  /** PEM certificates trusted in addition to Node's own. */
  readonly certificates: readonly string[];
  /** @default true */
  readonly verifyTls: boolean;
  /** @default no proxy */
  readonly proxyFor?: ProxyFor;
}
