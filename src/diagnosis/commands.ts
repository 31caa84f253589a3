import type { Proxy } from '../bitbucket/transport/proxy';
import type { Config } from '../config/config';

/** A request with the login, to try by hand; placeholders stand for what is secret. */
export function curl(config: Config, path = '/rest/api/1.0/projects?limit=1'): string {
  const login = config.credentials.type === 'basic' ? '--user YOUR_USERNAME' : "--header 'Authorization: Bearer YOUR_TOKEN'";
  return `curl --include ${login}${tlsOptions(config)} '${quoted(config.serverUrl + path)}'`;
}

/** The one question that every Bitbucket answers to everybody. */
export function curlWithoutLogin(config: Config): string {
  return `curl --verbose${tlsOptions(config)} '${quoted(`${config.serverUrl}/rest/api/1.0/application-properties`)}'`;
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
