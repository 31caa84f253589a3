import type { BitbucketError } from '../bitbucket/errors';
import type { Located } from '../bitbucket/api/locate';
import type { Proxy } from '../bitbucket/transport/proxy';
import type { Config } from '../config/config';
import { curlAgain, curlWhetherThere, curlWithoutLogin, openssl, throughProxy } from './commands';

/** What a FAILED message begins with. */
export type CheckCode =
  | 'invalid_credentials'
  | 'invalid_permissions'
  | 'no_resources'
  | 'invalid_config'
  | 'server_unreachable'
  | 'tls_untrusted'
  | 'not_bitbucket'
  | 'server_unavailable';

/** What is wrong, and what a person can do about it. */
export interface Diagnosis {
  readonly code: CheckCode;
  /** What was found: a sentence without its full stop. */
  readonly cause: string;
  /** Whole sentences. */
  readonly remedy: string;
  /** To try by hand, with placeholders for what is secret. */
  readonly command?: string;
  /** A command of this program that helps, without the configuration that it takes: `credentials create`. */
  readonly ownCommand?: string;
}

/** What else is known when something fails. */
export interface Circumstances {
  readonly config: Config;
  /** The proxy on the way; null: none. */
  readonly proxy: Proxy | null;
  /** Where Bitbucket was found instead. */
  readonly located?: Located | null;
}

/** What stands in a message before a command. */
export const BY_HAND = ' To try it by hand: ';

/** A diagnosis as one message, the code first. */
export function sentence({ code, cause, remedy, command }: Diagnosis): string {
  return `${code}: ${cause}. ${remedy}${command === undefined ? '' : `${BY_HAND}${command}`}`;
}

/** What a failed request means for somebody who is setting up a connection. */
export function diagnose(error: BitbucketError, circumstances: Circumstances): Diagnosis {
  const { command, ...found } = diagnosisOf(error, circumstances);
  return command === undefined ? found : { ...found, command: throughProxy(command, circumstances.proxy) };
}

function diagnosisOf(error: BitbucketError, circumstances: Circumstances): Diagnosis {
  const { config } = circumstances;
  const cause = error.message;
  const command = curlAgain(config, error);
  switch (error.kind) {
    case 'login_denied':
    case 'account_lost':
      return { code: 'invalid_credentials', cause, ...loginRemedy(error, config) };
    case 'no_licence':
      return {
        code: 'invalid_permissions',
        cause,
        remedy:
          'The login is right, but the account has no Bitbucket licence: ask an administrator for the global permission Bitbucket User (Administration > Global permissions).',
        command,
      };
    case 'forbidden':
      return forbiddenDiagnosis(error, command);
    case 'tls':
      return tlsDiagnosis(error, circumstances);
    case 'network':
    case 'timeout':
    case 'proxy_denied':
      return networkDiagnosis(error, circumstances);
    case 'no_such_route':
    case 'not_found':
    case 'unexpected_answer':
    case 'too_large':
    case 'not_acceptable':
    case 'rejected':
      return {
        code: 'not_bitbucket',
        cause,
        remedy: addressRemedy(error, circumstances),
        command: curlWhetherThere(config, error),
      };
    case 'rate_limited':
      return {
        code: 'server_unavailable',
        cause,
        remedy:
          'Bitbucket limits how often this account may ask. Try again later; set requests_per_second, or have an administrator exempt the account (Administration > Rate limiting).',
        command,
      };
    case 'unavailable':
    case 'server_down':
      return {
        code: 'server_unavailable',
        cause,
        remedy:
          'The server, or a load balancer before it, is there but does not serve now: it is starting, in maintenance or overloaded. Try again later.',
        command,
      };
    case 'aborted':
      return {
        code: 'server_unavailable',
        cause: 'The server answers, but too slowly: the check was not done when its time was up',
        remedy: 'Try again when the server is less busy; a sync has more patience.',
        command,
      };
  }
}

function loginRemedy(error: BitbucketError, config: Config): Pick<Diagnosis, 'remedy' | 'command'> {
  const { exceptionName, denial } = error.details;
  const username = config.credentials.type === 'basic' ? config.credentials.username : 'YOUR_USERNAME';
  if (/Captcha/i.test(exceptionName ?? '')) {
    return {
      remedy:
        'After too many failed logins the account must solve a CAPTCHA: log in with it in a browser once, or have an administrator lift it (Administration > Users > the user > Clear CAPTCHA challenge). Correct the password before you try again, or use an HTTP access token, which no CAPTCHA locks.',
      command: `curl --user ADMIN --request DELETE '${config.serverUrl}/rest/api/1.0/admin/users/captcha?name=${encodeURIComponent(username)}'`,
    };
  }
  if (denial === 'basic_disabled') {
    return {
      remedy:
        'This server takes no user name and password for its API (the default since 10.0). Make an HTTP access token with that account (Manage account > HTTP access tokens; Project read and Repository read will do) and write it down as credentials with auth_type token.',
      command: `curl --include --header 'Authorization: Bearer YOUR_TOKEN' '${config.serverUrl}/rest/api/1.0/projects?limit=1'`,
    };
  }
  if (denial === 'before')
    return {
      remedy:
        'Nothing was sent, since each failed login brings the lock of an account nearer. Update them with their present secrets: `credentials list` and the warnings of a sync say which.',
    };
  const foreign =
    exceptionName === undefined && denial === undefined
      ? ' The answer is not in the form of Bitbucket: it may come from a reverse proxy or a single sign-on in front of it, which must let the API (/rest/) through.'
      : '';
  const remedy =
    config.credentials.type === 'store'
      ? 'Check the logins in credential_store: the warnings name each that does not work, and `credentials list` shows those that Bitbucket itself denied (a token that expired or was revoked is not among them). One attempt was made with each; it is not repeated, since Bitbucket locks an account after some.'
      : config.credentials.type === 'token'
        ? 'Check that the HTTP access token is complete, has not expired, was not revoked, and was made on this server; else make a new one.'
        : 'Check username (the login name, not the e-mail address) and password. One attempt was made; it is not repeated, since Bitbucket locks an account after some.';
  return { remedy: remedy + foreign, ...(config.credentials.type !== 'store' && { command: curlAgain(config, error) }) };
}

function forbiddenDiagnosis({ message: cause, details }: BitbucketError, command: string): Diagnosis {
  if (details.exceptionName === undefined && details.hasMessage !== true) {
    return {
      code: 'not_bitbucket',
      cause,
      remedy:
        'This refusal is not in the form of Bitbucket: a firewall, a reverse proxy or a single sign-on in front of it says no to this machine. Have it let the API (/rest/) through.',
      command,
    };
  }
  const remedy =
    'The login is right, but the account lacks a permission: give it Project read on the projects, or Repository read on the repositories, that are to be synced. An access token must itself have these permissions, too.';
  return { code: 'invalid_permissions', cause, remedy, command };
}

function tlsDiagnosis(error: BitbucketError, { config, proxy }: Circumstances): Diagnosis {
  const { code = '', issuer } = error.details;
  const cause = error.message;
  const command = openssl(config);
  if (/does not speak TLS/.test(cause)) {
    const which =
      proxy?.url.protocol === 'https:' ? ` It may also be the proxy ${proxy.address}: most are addressed with http://.` : '';
    return {
      code: 'not_bitbucket',
      cause,
      remedy: `server_url begins with https://, but something else than https answers there. Check the port, or write http:// if the server really has no TLS.${which}`,
      command: curlWithoutLogin(config),
    };
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return {
      code: 'tls_untrusted',
      cause,
      remedy: 'Have it renewed on the server (or in what ends TLS before it); ca_certificate does not help against the calendar.',
      command,
    };
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return {
      code: 'tls_untrusted',
      cause,
      remedy:
        'Write one of the names that the certificate was made for into server_url, or have it renewed with this name; ca_certificate does not help against a wrong name.',
      command,
    };
  }
  if (/^(?:EPROTO|ERR_SSL)/.test(code)) {
    return {
      code: 'tls_untrusted',
      cause,
      remedy:
        'The server and this connector could not agree on TLS: it may be too old for TLS 1.2, or want a certificate of the client. If it is the certificate that is not trusted, ca_certificate takes that of its authority.',
      command,
    };
  }
  const authority = issuer === undefined ? 'the authority that issued it' : `its authority (${issuer})`;
  const given = config.caCertificate === null ? '' : ' What ca_certificate holds now is not that.';
  return {
    code: 'tls_untrusted',
    cause,
    remedy: `Put the certificate of ${authority} in PEM form, intermediate ones included, into ca_certificate, or into the file that NODE_EXTRA_CA_CERTS names.${given} verify_tls: false accepts any certificate, and with it any impostor.`,
    command,
  };
}

function networkDiagnosis(error: BitbucketError, { config, proxy }: Circumstances): Diagnosis {
  const { code = '' } = error.details;
  const { hostname, host } = new URL(config.serverUrl);
  const result = (remedy: string): Diagnosis => ({
    code: 'server_unreachable',
    cause: error.message,
    remedy,
    command: curlWhetherThere(config, error),
  });
  if (code === 'EPROXYURL') return result('Correct that environment variable, or unset it.');
  if (proxy !== null) {
    const named = `the proxy ${proxy.address} (from ${proxy.variable})`;
    if (error.kind === 'proxy_denied')
      return result(
        `Give ${named} a login, as in http://USERNAME:PASSWORD@HOST:PORT, with special characters percent-encoded, or add ${hostname} to NO_PROXY if it can be reached without.`,
      );
    return result(
      `The way goes through ${named}: check that it runs and may reach ${host}, or add ${hostname} to NO_PROXY if it can be reached without.`,
    );
  }
  if (code.startsWith('HPE_')) {
    return {
      code: 'not_bitbucket',
      cause: `${error.message} (${code})`,
      remedy: `What answers at ${host} does not speak http. Check the port of server_url, and whether it must begin with https://.`,
      command: curlWhetherThere(config, error),
    };
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return result(
      `The name ${hostname} is not known where the connector runs. Check its spelling in server_url, and the DNS of that machine or pod; if only a proxy knows it, set ${proxyVariable(config)}.`,
    );
  if (code === 'ECONNREFUSED')
    return result(
      `Nothing listens at ${host}, or a firewall says no. Check host and port of server_url, and whether Bitbucket runs.`,
    );
  if (code === 'ECONNRESET' || code === 'EPIPE')
    return result(
      `The connection to ${host} was cut. Check whether server_url must begin with https://, and the firewalls between here and there.`,
    );
  return result(
    `Check host and port of server_url and the firewalls between here and there; if a proxy is needed, set ${proxyVariable(config)}.`,
  );
}

/** The environment variable that names the proxy for the server: one for the other scheme has no effect. */
function proxyVariable({ serverUrl }: Config): string {
  return serverUrl.startsWith('http:') ? 'HTTP_PROXY (HTTPS_PROXY is for https addresses)' : 'HTTPS_PROXY';
}

function addressRemedy({ details }: BitbucketError, { config, located }: Circumstances): string {
  if (located != null && located.serverUrl !== config.serverUrl) {
    return `Bitbucket ${located.version} answers at ${located.serverUrl}: write that as server_url.`;
  }
  if (details.redirectedTo !== undefined && details.redirectedTo !== '') {
    const to = details.redirectedTo;
    return `If ${to} is Bitbucket's own address, write it as server_url; if it is a login page (single sign-on), have the API (/rest/) let through without it.`;
  }
  const known =
    located == null
      ? `What answers at ${config.serverUrl} is not the REST API of Bitbucket Data Center.`
      : `Bitbucket ${located.version} does answer at ${located.serverUrl}, but not with its API: something before it may ask for a login of its own.`;
  return `${known} server_url must be what you see in the browser before /projects or /dashboard, context path included, and must not lead to a login page.`;
}
