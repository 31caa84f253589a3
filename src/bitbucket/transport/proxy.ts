import { BlockList, isIP } from 'node:net';

/** The proxy that a URL is asked through. */
export interface Proxy {
  /** With the credentials, if there are any. */
  readonly url: URL;
  /** Without them, for messages. */
  readonly address: string;
  /** The environment variable that names it. */
  readonly variable: string;
}

/** Which proxy a URL goes through; null: none. @throws Error when the variable holds no proxy */
export type ProxyFor = (url: URL) => Proxy | null;

/** Environment variables by name. */
export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Proxies as curl reads them: `https_proxy`, `http_proxy` and `all_proxy` in lower or upper case, a missing scheme is http; `NO_PROXY`
 * is a list of hosts (with everything below them), `host:port`, addresses, address ranges (`10.0.0.0/8`), or `*`.
 */
export function proxiesFrom(variables: Variables): ProxyFor {
  const read = (name: string): [string, string] | null => {
    const found = [name, name.toUpperCase()].find((spelling) => (variables[spelling] ?? '').trim() !== '');
    return found === undefined ? null : [found, variables[found]?.trim() ?? ''];
  };
  const [, noProxy] = read('no_proxy') ?? ['', ''];
  const exceptions = noProxy.split(/[\s,]+/).filter((entry) => entry !== '');
  return (url) => {
    const setting = read(url.protocol === 'https:' ? 'https_proxy' : 'http_proxy') ?? read('all_proxy');
    return setting === null || exceptions.some((entry) => covers(entry, url)) ? null : parseProxy(...setting);
  };
}

/** What of a proxy's URL must not be seen. */
export function secretsOfProxies(variables: Variables): string[] {
  return ['https_proxy', 'http_proxy', 'all_proxy']
    .flatMap((name) => [variables[name], variables[name.toUpperCase()]])
    .flatMap((setting) => {
      const url = setting === undefined ? null : toUrl(setting.trim());
      if (url === null || url.password === '') return [];
      const [username, password] = [decoded(url.username), decoded(url.password)];
      return [password, url.password, Buffer.from(`${username}:${password}`).toString('base64')];
    });
}

function parseProxy(variable: string, setting: string): Proxy {
  const url = toUrl(setting);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') {
    const message = `${variable} names no proxy that can be used: write something like http://proxy.example.com:3128, with http:// or https://`;
    throw Object.assign(new Error(message), { code: 'EPROXYURL' });
  }
  return { url, address: `${url.protocol}//${url.host}`, variable };
}

function toUrl(setting: string): URL | null {
  const text = setting.includes('://') ? setting : `http://${setting}`;
  return URL.canParse(text) ? new URL(text) : null;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Whether an entry of `NO_PROXY` covers the host of a URL. */
function covers(entry: string, url: URL): boolean {
  if (entry === '*') return true;
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  const range = /^([0-9a-f.:]+)\/(\d+)$/i.exec(entry);
  if (range !== null) return inRange(host, range[1] ?? '', Number(range[2]));
  const [, name = '', wantedPort] = /^\[?(.+?)\]?(?::(\d+))?$/.exec(isIP(entry) === 6 ? `[${entry}]` : entry) ?? [];
  if (wantedPort !== undefined && wantedPort !== port) return false;
  const wanted = name.toLowerCase().replace(/^\*?\./, '');
  return host === wanted || (isIP(host) === 0 && host.endsWith(`.${wanted}`));
}

function inRange(host: string, network: string, bits: number): boolean {
  const family = isIP(network);
  if (family === 0 || isIP(host) !== family || bits > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  const type = family === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(network, bits, type);
  return list.check(host, type);
}
