import type { Route } from './route';

/** Where a request goes. */
export interface Destination {
  readonly route: Route;
  readonly origin: string;
  /** With the port, where it is not the usual one. */
  readonly host: string;
  /** With the query. */
  readonly path: string;
}

/** Characters that a URL keeps as they are; and what it does not keep all the same: steps up, and a query of nothing. */
const PLAIN = /^\/[\w\-.~%!$&()*+,;=:@/?]*$/;
const CHANGED = /\/(?:\.|%2e)|\?$/i;

/**
 * Finds where addresses lead: whole URLs, and those below the base URL, which nearly all are. Those in which a URL
 * would change nothing are put together without being parsed.
 */
export class Destinations {
  private readonly routes = new Map<string, Route>();
  private base: Destination | null = null;

  /** @param routeTo makes the way to an origin */
  constructor(
    private readonly baseUrl: string,
    private readonly routeTo: (origin: URL) => Route,
  ) {}

  of(address: string): Destination {
    if (!address.startsWith('/')) return this.parsed(address);
    if (!PLAIN.test(address) || CHANGED.test(address)) return this.parsed(this.baseUrl + address);
    const { route, origin, host, path } = (this.base ??= this.parsed(`${this.baseUrl}/`));
    return { route, origin, host, path: path + address.slice(1) };
  }

  private parsed(url: string): Destination {
    const { origin, host, pathname, search } = new URL(url);
    return { route: this.routeFor(origin), origin, host, path: pathname + search };
  }

  private routeFor(origin: string): Route {
    const known = this.routes.get(origin) ?? this.routeTo(new URL(origin));
    this.routes.set(origin, known);
    return known;
  }
}
