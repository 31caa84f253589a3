import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';

/** Tells whose request it is: that of the connection, or, behind proxies that are named, the one that the last of them saw. */
export class ClientAddresses {
  private readonly proxies = new BlockList();

  /** @param trustedProxies addresses, or networks such as `10.0.0.0/8` @throws Error that names the one that is neither */
  constructor(trustedProxies: readonly string[]) {
    for (const text of trustedProxies) {
      const [address = '', prefix, ...rest] = text.split('/');
      const type = isIPv6(address) ? 'ipv6' : 'ipv4';
      const bits = Number(prefix ?? 0);
      const isRight =
        isIP(address) !== 0 && rest.length === 0 && /^\d*$/.test(prefix ?? '') && bits <= (type === 'ipv6' ? 128 : 32);
      if (!isRight || prefix === '') throw new Error(text);
      if (prefix === undefined) this.proxies.addAddress(address, type);
      else this.proxies.addSubnet(address, bits, type);
    }
  }

  /** Of a connection. @param remote as the socket tells it */
  ofPeer(remote: string | undefined): string {
    return group(plain(remote ?? ''));
  }

  /** Of a request: whatever was forwarded by somebody who is not named is not believed. */
  ofRequest({ socket, headers }: IncomingMessage): string {
    const hops = String(headers['x-forwarded-for'] ?? '')
      .split(',')
      .map((hop) => plain(hop.trim()))
      .filter((hop) => isIP(hop) !== 0);
    let address = plain(socket.remoteAddress ?? '');
    while (this.isProxy(address) && hops.length > 0) address = hops.pop() ?? address;
    return group(address);
  }

  /** Whether this is a proxy that was named. @param address as `ofPeer` gives it, or as the socket tells it */
  isProxy(address: string): boolean {
    const peer = plain(address);
    const version = isIP(peer);
    return version !== 0 && this.proxies.check(peer, version === 6 ? 'ipv6' : 'ipv4');
  }
}

/** IPv4 as such, also where it is written as IPv6; without a port. */
function plain(address: string): string {
  return address
    .replace(/^::ffff:(?=\d+\.)/i, '')
    .replace(/^\[(.+)\](?::\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
}

/** Whoever has one address of IPv6 has the 2^64 beside it. */
function group(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0');
  return `${[...left, ...zeros, ...right].slice(0, 4).join(':')}::/64`;
}
