import { lookup } from 'node:dns/promises';
import { isIP, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import type { BitbucketError } from '../bitbucket/errors';
import { failureOf } from '../bitbucket/transport/failure';
import type { Proxy } from '../bitbucket/transport/proxy';
import { openTunnel, timeoutError, type Trust } from '../bitbucket/transport/route';
import type { Config } from '../config/config';
import { diagnose } from './diagnosis';
import { failed, ok, type Step, warning } from './step';

/** For one connection to come about, in milliseconds. */
const PATIENCE_MS = 8000;
/** Certificates that expire sooner are mentioned, in days. */
const SOON_DAYS = 30;
const DAY_MS = 24 * 3600 * 1000;

/** What the network is examined with. */
export interface NetworkOptions {
  readonly config: Config;
  readonly proxyFor: (url: URL) => Proxy | null;
  readonly trust: Trust;
  readonly now: () => number;
}

/** Proxy, name, port, certificate, each with a step of its own; ends with the first that fails. */
export async function* examineNetwork(options: NetworkOptions): AsyncGenerator<Step> {
  const { config, now } = options;
  const url = new URL(config.serverUrl);
  let proxy: Proxy | null;
  try {
    proxy = options.proxyFor(url);
  } catch (error) {
    yield failed('proxy', diagnose(failureOf('Reading the environment', error), { config, proxy: null }));
    return;
  }
  yield proxyStep(url, proxy);
  const far = addressOf(url);
  const near = proxy === null ? far : addressOf(proxy.url);
  const failure = (name: 'dns' | 'tcp' | 'tls', asked: string, error: unknown): Step =>
    failed(name, diagnose(failureOf(asked, error), { config, proxy }));
  try {
    yield await dnsStep(near.host, proxy);
  } catch (error) {
    yield failure('dns', `Looking up ${near.host}`, error);
    return;
  }
  let socket: Duplex;
  const began = now();
  try {
    socket = await (proxy === null ? open(far) : openTunnelOrNothing(proxy, url, options.trust));
    yield ok('tcp', `${near.host}:${near.port} takes connections (${Math.round(now() - began)} ms)`);
  } catch (error) {
    yield failure('tcp', `Connecting to ${near.host}:${near.port}`, error);
    return;
  }
  try {
    yield url.protocol === 'http:' ? plainStep() : await tlsStep(url.hostname, socket, options, proxy);
  } catch (error) {
    yield failure('tls', `TLS with ${url.host}`, error);
  } finally {
    socket.destroy();
  }
}

function proxyStep({ hostname }: URL, proxy: Proxy | null): Step {
  if (proxy === null) return ok('proxy', `none for ${hostname}`, { proxy: null });
  const login = proxy.url.username === '' ? 'without a login' : 'with a login';
  return ok('proxy', `${proxy.address}, ${login}, from ${proxy.variable}`, { proxy: proxy.address, variable: proxy.variable });
}

async function dnsStep(host: string, proxy: Proxy | null): Promise<Step> {
  const whose = proxy === null ? '' : ' (the proxy; it looks up the server itself)';
  if (isIP(host) !== 0) return ok('dns', `${host} is an address${whose}`);
  const addresses = (await lookup(host, { all: true })).map(({ address }) => address);
  return ok('dns', `${host} is ${addresses.join(', ')}${whose}`, { host, addresses });
}

function plainStep(): Step {
  return warning(
    'tls',
    'server_url begins with http: no TLS',
    'The credentials go over the network readable by anybody on it. Use https if the server offers it.',
  );
}

/** What certificate the server shows, and whether it is trusted. */
async function tlsStep(
  hostname: string,
  socket: Duplex,
  { config, trust, now }: NetworkOptions,
  proxy: Proxy | null,
): Promise<Step> {
  const connection = await shakeHands(hostname, socket, trust);
  const certificate = connection.getPeerCertificate(true);
  const { issuer, top } = issuersOf(certificate);
  const until = new Date(certificate.valid_to);
  const subject = String(certificate.subject.CN);
  const details = {
    protocol: connection.getProtocol(),
    subject,
    names: certificate.subjectaltname,
    issuer,
    authority: top,
    validTo: until.toISOString(),
    trusted: connection.authorized,
  };
  const says = `${String(connection.getProtocol())}; the certificate of ${subject} was issued by ${issuer} and is valid until ${details.validTo.slice(0, 10)}`;
  if (!connection.authorized) {
    // A code, whatever the types say.
    const code = connection.authorizationError as unknown as string;
    const error: BitbucketError = failureOf(
      `TLS with ${hostname}`,
      Object.assign(new Error(`altnames: ${certificate.subjectaltname ?? 'none'}`), { code, issuer: top }),
    );
    if (!config.verifyTls)
      return warning(
        'tls',
        `${says}; it is not trusted (${code}), but verify_tls is false`,
        'Any certificate is accepted, and with it any impostor. Put the certificate of its authority into ca_certificate, and verify_tls back to true.',
        details,
      );
    return failed('tls', diagnose(error, { config, proxy }), details);
  }
  const days = Math.floor((until.getTime() - now()) / DAY_MS);
  if (days < SOON_DAYS)
    return warning('tls', `${says}, in ${days} days`, 'Have it renewed: from that day on, no sync succeeds.', details);
  return config.verifyTls
    ? ok('tls', says, details)
    : warning('tls', `${says}; verify_tls is false, though this certificate is trusted`, 'Put verify_tls back to true.', details);
}

function shakeHands(hostname: string, socket: Duplex, trust: Trust): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const connection = tls.connect({
      ...trust,
      socket,
      servername: isIP(hostname) === 0 ? hostname : '',
      host: hostname,
      rejectUnauthorized: false,
    });
    connection.setTimeout(PATIENCE_MS, () => connection.destroy(timeoutError(PATIENCE_MS)));
    connection.once('secureConnect', () => resolve(connection));
    connection.once('error', reject);
    connection.once('close', () => reject(Object.assign(new Error('the server closed the connection'), { code: 'ECONNRESET' })));
  });
}

/** Who issued the certificate, and who the last that the server sent along. */
function issuersOf(certificate: tls.DetailedPeerCertificate): { issuer: string; top: string } {
  const nameOf = ({ issuer: { CN, O } }: tls.PeerCertificate) => String((CN as string | undefined) ?? O);
  let last = certificate;
  while (
    (last as Partial<tls.DetailedPeerCertificate>).issuerCertificate !== undefined &&
    last.issuerCertificate.fingerprint256 !== last.fingerprint256
  )
    last = last.issuerCertificate;
  return { issuer: nameOf(certificate), top: nameOf(last) };
}

function open({ host, port }: { host: string; port: number }): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: PATIENCE_MS });
    socket.once('connect', () => {
      socket.setTimeout(0);
      resolve(socket);
    });
    socket.once('timeout', () => socket.destroy(timeoutError(PATIENCE_MS)));
    socket.once('error', reject);
  });
}

/** For http, a proxy is told the whole URL later: that it can be reached must do. */
function openTunnelOrNothing(proxy: Proxy, url: URL, trust: Trust): Promise<Duplex> {
  return url.protocol === 'http:' ? open(addressOf(proxy.url)) : openTunnel(proxy, addressOf(url), trust, PATIENCE_MS);
}

function addressOf(url: URL): { host: string; port: number } {
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
  };
}
