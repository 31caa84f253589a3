import { asked, BitbucketError, type FailureDetails } from '../errors';

const TLS_CODES = /CERT|SELF_SIGNED|UNABLE_TO_(?:GET_ISSUER|VERIFY)|ERR_TLS|ERR_SSL|EPROTO|HOSTNAME_MISMATCH/;

/** The same with what was tried before it. @throws the error itself where it is a mistake of ours */
export function failureOf(what: string, error: unknown): BitbucketError {
  const failure = error instanceof BitbucketError ? error : transportFailure(error);
  if (failure === null) throw error;
  return asked(what, failure);
}

/**
 * What came of a request that got no complete answer: the failure of a socket, a name server, TLS or a compression, all of which Node
 * gives a code. Null for any other error: a mistake of ours.
 */
export function transportFailure(error: unknown): BitbucketError | null {
  const { code, message = '', issuer } = error as { code?: unknown; message?: string; issuer?: string };
  if (typeof code !== 'string') return null;
  const details: FailureDetails = { code, ...(issuer !== undefined && { issuer }) };
  if (TLS_CODES.test(code)) return new BitbucketError('tls', tlsMessage(code, message, issuer), details);
  if (code === 'ETIMEDOUT' || code === 'ESOCKETTIMEDOUT') return new BitbucketError('timeout', message, details);
  if (code === 'ABORT_ERR') return new BitbucketError('aborted', 'it was cancelled', details);
  if (code === 'EPROXYLOGIN' || code === 'EPROXYURL') return new BitbucketError('proxy_denied', message, details);
  return new BitbucketError('network', message || code, details);
}

function tlsMessage(code: string, message: string, issuer: string | undefined): string {
  const by = issuer === undefined ? code : `${code}, issued by ${issuer}`;
  if (/WRONG_VERSION_NUMBER|wrong version number|packet length too long/i.test(code + message))
    return `the server does not speak TLS at this port (${code})`;
  if (code === 'CERT_HAS_EXPIRED') return `the server's certificate has expired (${by})`;
  if (code === 'CERT_NOT_YET_VALID') return `the server's certificate is not valid yet (${by}); is the clock right?`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `the server's certificate was made for another host name: ${message.replace(/^.*altnames: /, '')} (${by})`;
  if (/^(?:EPROTO|ERR_SSL)/.test(code))
    return `no TLS connection came about: ${
      message
        .replace(/^.*SSL routines:[^:]*:/, '')
        .split(':', 1)[0]
        ?.trim() ?? code
    } (${code})`;
  return `the server's certificate is not trusted (${by})`;
}
