import type { BitbucketError } from '../bitbucket/errors';
import { API } from '../bitbucket/paths';
import type { Proxy } from '../bitbucket/transport/proxy';
import type { Config } from '../config/config';

/** A request with the login, to try by hand; placeholders stand for what is secret. */
export function curl(config: Config, path = `${API}/projects?limit=1`): string {
  const login = config.credentials.type === 'basic' ? '--user YOUR_USERNAME' : "--header 'Authorization: Bearer YOUR_TOKEN'";
  return `curl --include ${login}${tlsOptions(config)} '${quoted(config.serverUrl + path)}'`;
}

/** The one question that every Bitbucket answers to everybody. */
export function curlWithoutLogin(config: Config): string {
  return `curl --verbose${tlsOptions(config)} '${quoted(`${config.serverUrl}${API}/application-properties`)}'`;
}

/** The request that failed, with the login. */
export function curlAgain(config: Config, error: BitbucketError): string {
  return curl(config, furtherAddress(error) ?? undefined);
}

/** What shows whether Bitbucket answers: where that was found out before, the request that failed. */
export function curlWhetherThere(config: Config, error: BitbucketError): string {
  const address = furtherAddress(error);
  return address === null ? curlWithoutLogin(config) : curl(config, address);
}

/** What was asked for, unless it is what comes first: then less shows the same. */
function furtherAddress({ details: { address } }: BitbucketError): string | null {
  if (address?.startsWith('/') !== true) return null;
  return [`${API}/projects`, `${API}/application-properties`].includes(address.replace(/\?.*/, '')) ? null : address;
}

/** Shows the certificates that a server sends. */
export function openssl({ serverUrl }: Config): string {
  const { hostname, port } = new URL(serverUrl);
  return `openssl s_client -connect ${hostname}:${port === '' ? '443' : port} -servername ${hostname} -showcerts </dev/null`;
}

/** The same command through the proxy that the connector takes, where it would not find that proxy by itself. */
export function throughProxy(command: string, proxy: Proxy | null): string {
  if (proxy === null) return command;
  // curl heeds http_proxy in lower case alone; a web server hands HTTP_PROXY to its scripts from a header.
  if (proxy.variable === 'HTTP_PROXY') return command.replace(/^curl /, 'curl --proxy "$HTTP_PROXY" ');
  const { hostname, port, protocol } = proxy.url;
  const address = `${hostname}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;
  return command.replace(/^openssl s_client /, `openssl s_client -proxy ${address} `);
}

function tlsOptions({ caCertificate, verifyTls }: Config): string {
  return (caCertificate === null ? '' : ' --cacert CA_CERTIFICATE.pem') + (verifyTls ? '' : ' --insecure');
}

function quoted(text: string): string {
  return text.replaceAll("'", '%27');
}
