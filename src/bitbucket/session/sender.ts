import type { Answer } from '../transport/answer';
import type { BitbucketError } from '../errors';
import type { PageSizes } from '../paging/page-sizes';
import type { Login } from './login';
import type { RestRequest } from './request';
import type { Statistics } from './statistics';

/** Whoever sends requests: one login, or whichever of several may. */
export interface Sender {
  readonly statistics: Statistics;
  /** The latest attempt that failed, whether or not a later one succeeded. */
  readonly lastFailure: BitbucketError | null;
  /** The first requests of a run. @throws BitbucketError where nothing more may be sent */
  logIn(pageSizes: PageSizes): Promise<Login>;
  /** Asks for JSON; null for 204. @throws BitbucketError */
  json(request: RestRequest): Promise<unknown>;
  /** Asks, and gives the answer's body to `read`, which may be called again after a failure. @throws BitbucketError */
  send<T>(request: RestRequest, read: (answer: Answer) => Promise<T>): Promise<T>;
}
