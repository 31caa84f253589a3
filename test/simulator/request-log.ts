import type { Scheme } from './authentication';
import type { RouteName } from './routes';

/** One request as the server saw it. */
export interface LoggedRequest {
  readonly method: string;
  /** With the context path, without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly route: RouteName;
  /** 0 until answered, or where the connection was cut. */
  status: number;
  /** Whom it was answered as; null for anonymous clients and tokens without a user. */
  user: string | null;
  /** Whose name, password or token it presented, valid or not; null where nobody's. */
  owner: string | null;
  readonly startedAt: number;
  endedAt: number;
  /** Of the body, before compression. */
  bytes: number;
  authorized: Scheme;
  /** What was sent, where something was. */
  body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}
