import type { RouteName } from './routes';

/** What goes wrong. */
export type FaultKind =
  /** An error status with Bitbucket's envelope, or the given body. */
  | 'status'
  /** 200 (or the given status) with a page of HTML. */
  | 'html'
  /** 200 with the login form of a single sign-on. */
  | 'login-page'
  /** A redirect to another host, as a proxy sends one to its login. */
  | 'redirect'
  /** The connection is reset before an answer. */
  | 'reset'
  /** Half of the right answer, then the connection is reset. */
  | 'half-body'
  /** Status 200 and nothing. */
  | 'empty-body'
  /** No answer at all. */
  | 'hang'
  /** The headers and half of the body, then nothing more. */
  | 'hang-body'
  /** JSON of another shape. */
  | 'wrong-shape'
  /** JSON that breaks off, in a complete answer. */
  | 'broken-json'
  /** What a client without login gets from a server with public access: 200, and public things only. */
  | 'anonymous'
  /** An empty last page. */
  | 'empty-list'
  /** A page that names itself as the next; what has no pages is as it should be. */
  | 'loop'
  /** The right answer, some bytes at a time. */
  | 'slow-bytes'
  /** A space now and then, without end. */
  | 'trickle'
  /** Half of the right answer, then the connection is closed as if that were all. */
  | 'early-end'
  /** 101: another protocol, and nothing more. */
  | 'upgrade'
  /** The first page again, under the next one's number: without `times` a list that never ends. */
  | 'repeated-page'
  /** Empty pages that always name a next one. */
  | 'endless'
  /** The entries of each page the other way round. */
  | 'out-of-order'
  /** The right answer with another value, or none, in one field. */
  | 'field';

/** What becomes of the body of an answer whose status arrives. */
export type Damage = 'huge' | 'cut-off' | 'bad-gzip' | 'stalled' | 'trickle';

export interface Fault {
  readonly kind: FaultKind;
  /** Only this route. */
  readonly route?: RouteName;
  /** Only requests whose path and query match. */
  readonly path?: RegExp;
  /** How often it strikes. @default Infinity */
  readonly times?: number;
  /** How many matching requests it lets pass first. @default 0 */
  readonly after?: number;
  /** @default 500 for `status`, 200 for pages */
  readonly status?: number;
  /** Seconds, or a date, for the Retry-After header. */
  readonly retryAfter?: number | string;
  readonly body?: string;
  /** What `status` says in Bitbucket's envelope. */
  readonly message?: string;
  readonly exceptionName?: string;
  /** What `status` says without that envelope: `{"message": …}`. */
  readonly bareMessage?: string;
  /** Of faults that replace the answer: what becomes of their body. */
  readonly damage?: Damage;
  /** Only requests whose `limit` is greater. */
  readonly limitAbove?: number;
  /** Only requests whose Accept header matches: such as raw diffs alone. */
  readonly accept?: RegExp;
  /** For `field`: its name, with dots for what lies deeper (`properties`, `fromRef.repository`). */
  readonly field?: string;
  /** For `field`: what it holds instead. @default null */
  readonly value?: unknown;
  /** For `field`: it is missing. @default false */
  readonly absent?: boolean;
  /** For `field`: only the entry with this id. @default every entry */
  readonly entry?: number | string;
  /** Milliseconds between the pieces of `slow-bytes`. @default 50 */
  readonly pause?: number;
}

export interface FaultHandle {
  /** How often it struck. */
  readonly struck: number;
  remove(): void;
}

interface Active {
  readonly fault: Fault;
  seen: number;
  struck: number;
}

/** The faults that are switched on; of several that match, the first added strikes. */
export class Faults {
  private active: Active[] = [];

  add(fault: Fault): FaultHandle {
    const entry: Active = { fault, seen: 0, struck: 0 };
    this.active.push(entry);
    const remove = (): void => {
      this.active = this.active.filter((each) => each !== entry);
    };
    return {
      get struck() {
        return entry.struck;
      },
      remove,
    };
  }

  clear(): void {
    this.active = [];
  }

  /** The fault that strikes this request. */
  strike(route: RouteName, url: string, accept: string): Fault | undefined {
    for (const entry of this.active) {
      const { fault } = entry;
      if (!matches(fault, route, url, accept)) continue;
      entry.seen += 1;
      if (entry.seen <= (fault.after ?? 0) || entry.struck >= (fault.times ?? Number.POSITIVE_INFINITY)) continue;
      entry.struck += 1;
      return fault;
    }
    return undefined;
  }
}

const matches = (fault: Fault, route: RouteName, url: string, accept: string): boolean => {
  const limit = Number(/[?&]limit=(\d+)/.exec(url)?.[1] ?? 0);
  return (
    (fault.route === undefined || fault.route === route) &&
    (fault.path === undefined || fault.path.test(url)) &&
    (fault.limitAbove === undefined || limit > fault.limitAbove) &&
    (fault.accept === undefined || fault.accept.test(accept))
  );
};
