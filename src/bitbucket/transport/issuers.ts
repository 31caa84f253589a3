import type { Duplex } from 'node:stream';
import tls from 'node:tls';

/** Who issued what a server showed, by connection: once the certificate is refused, the socket has forgotten it. */
export class Issuers {
  private readonly bySocket = new WeakMap<Duplex, string | null>();

  /** Remembers it when the connection is made: 'secure' comes just before the certificate is judged. */
  watch(socket: Duplex): void {
    if (!(socket instanceof tls.TLSSocket) || this.bySocket.has(socket)) return;
    this.bySocket.set(socket, null);
    socket.prependOnceListener('secure', () => this.bySocket.set(socket, issuerOf(socket)));
  }

  /** Null where none was shown. */
  of(socket: Duplex | null): string | null {
    return socket === null ? null : (this.bySocket.get(socket) ?? null);
  }
}

/** Who issued the last of the certificates that the server showed: the authority that is missing; null before it showed any. */
function issuerOf(socket: tls.TLSSocket): string | null {
  let certificate = socket.getPeerCertificate(true) as tls.DetailedPeerCertificate | null;
  while (
    certificate?.issuerCertificate !== undefined &&
    certificate.issuerCertificate.fingerprint256 !== certificate.fingerprint256
  ) {
    certificate = certificate.issuerCertificate;
  }
  const issuer = certificate?.issuer as { CN?: string; O?: string } | undefined;
  return issuer?.CN ?? issuer?.O ?? null;
}
