import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Simulator } from '../simulator';
import { configFor, errorsOf, logsOf, type Outcome, read, runWith, STREAMS } from '../support/connector';
import { certificateFile, type CertificateName, pem, tlsOf } from './certificates';

/** A server on TLS, by the name that its certificates are made for. */
const start = async (name: CertificateName, ...chain: CertificateName[]): Promise<Simulator> => {
  const simulator = await Simulator.start({ tls: tlsOf(name, ...chain) });
  simulator.url = simulator.url.replace('127.0.0.1', 'localhost');
  return simulator;
};

const check = (simulator: Simulator, overrides: object = {}, env: Record<string, string> = {}): Promise<Outcome> =>
  runWith('check', { config: configFor(simulator, overrides) }, { env });

const status = ({ messages }: Outcome): { status: string; message?: string } =>
  messages.find(({ type }) => type === 'CONNECTION_STATUS')?.connectionStatus;

describe('certificates', () => {
  let simulator: Simulator;
  afterEach(async () => simulator.stop());

  test('an authority of one’s own is trusted by ca_certificate', async () => {
    simulator = await start('server', 'intermediate');
    const outcome = await check(simulator, { ca_certificate: pem('root') });
    expect(status(outcome)).toEqual({ status: 'SUCCEEDED' });
    expect(outcome.stderr).toBe('');
  });

  test('so it is by NODE_EXTRA_CA_CERTS', async () => {
    simulator = await start('server', 'intermediate');
    expect(status(await check(simulator, {}, { NODE_EXTRA_CA_CERTS: certificateFile('root') }))).toEqual({ status: 'SUCCEEDED' });
  });

  test('NODE_EXTRA_CA_CERTS is trusted still where ca_certificate holds another authority', async () => {
    simulator = await start('server', 'intermediate');
    const outcome = await check(simulator, { ca_certificate: pem('stranger') }, { NODE_EXTRA_CA_CERTS: certificateFile('root') });
    expect(status(outcome)).toEqual({ status: 'SUCCEEDED' });
  });

  test('ca_certificate and NODE_EXTRA_CA_CERTS together make a chain that the server sends without its middle', async () => {
    simulator = await start('server');
    const outcome = await check(
      simulator,
      { ca_certificate: pem('intermediate') },
      { NODE_EXTRA_CA_CERTS: certificateFile('root') },
    );
    expect(status(outcome)).toEqual({ status: 'SUCCEEDED' });
  });

  test('several certificates may follow each other, with line breaks of any kind, or escaped ones', async () => {
    simulator = await start('server');
    const several = `Our authorities\r\n${pem('stranger', 'root', 'intermediate').replaceAll('\n', '\r\n')}`;
    expect(status(await check(simulator, { ca_certificate: several }))).toEqual({ status: 'SUCCEEDED' });
    expect(status(await check(simulator, { ca_certificate: pem('root', 'intermediate').replaceAll('\n', '\\n') }))).toEqual({
      status: 'SUCCEEDED',
    });
  });

  test('a self-signed certificate is its own authority', async () => {
    simulator = await start('self-signed');
    expect(status(await check(simulator, { ca_certificate: pem('self-signed') }))).toEqual({ status: 'SUCCEEDED' });
  });

  test('verify_tls: false accepts anything, for this connection only, and warns', async () => {
    simulator = await start('expired');
    const outcome = await check(simulator, { verify_tls: false });
    expect(status(outcome)).toEqual({ status: 'SUCCEEDED' });
    expect(logsOf(outcome.messages, 'WARN')).toEqual([expect.stringContaining('verify_tls is false')]);
    expect(outcome.stderr).toBe(''); // Node warns there when verification is off for the whole process
  });

  test('with an untrusted certificate, no request and no login ever leaves', async () => {
    simulator = await start('server', 'intermediate');
    const outcome = await read(simulator);
    expect(outcome.code).toBe(1);
    expect(errorsOf(outcome.messages).map(({ failureType }) => failureType)).toEqual(STREAMS.map(() => 'config_error'));
    expect(errorsOf(outcome.messages)[0]?.message).toMatch(
      /certificate is not trusted .*issued by Example Corp Root CA.*ca_certificate/,
    );
    expect(simulator.requests).toHaveLength(0);
  });

  test('a whole sync runs over TLS', async () => {
    simulator = await start('server', 'intermediate');
    const outcome = await read(simulator, { config: { ca_certificate: pem('root') } });
    expect(outcome.code).toBe(0);
    expect(new Set(simulator.requests.map(({ status }) => status))).not.toContain(401);
  });

  test('a missing file of NODE_EXTRA_CA_CERTS does no more harm than it does to Node', async () => {
    simulator = await start('server', 'intermediate');
    const missing = join(mkdtempSync(join(tmpdir(), 'ca-')), 'none.pem');
    expect(status(await check(simulator, { ca_certificate: pem('root') }, { NODE_EXTRA_CA_CERTS: missing }))).toEqual({
      status: 'SUCCEEDED',
    });
    const broken = `${missing}.broken`;
    writeFileSync(broken, 'no certificate');
    expect(status(await check(simulator, { ca_certificate: pem('root') }, { NODE_EXTRA_CA_CERTS: broken }))).toEqual({
      status: 'SUCCEEDED',
    });
  });
});

describe('what a certificate has against it is said, with its remedy:', () => {
  let simulator: Simulator;
  afterEach(async () => simulator.stop());

  test.each<[string, CertificateName[], string, RegExp]>([
    ['self-signed', ['self-signed'], '', /^tls_untrusted: .*DEPTH_ZERO_SELF_SIGNED_CERT, issued by localhost.*ca_certificate/],
    [
      'sent without its intermediate',
      ['server'],
      '',
      /^tls_untrusted: .*issued by Example Corp Issuing CA.*intermediate ones included/,
    ],
    ['an unknown authority', ['server', 'intermediate'], '', /^tls_untrusted: .*issued by Example Corp Root CA.*ca_certificate/],
    [
      'an unknown authority, sent along',
      ['server', 'intermediate', 'root'],
      '',
      /^tls_untrusted: .*SELF_SIGNED_CERT_IN_CHAIN, issued by Example Corp Root CA/,
    ],
    [
      'another authority in ca_certificate',
      ['server', 'intermediate'],
      pem('stranger'),
      /^tls_untrusted: .*What ca_certificate holds now is not that/,
    ],
    [
      'expired',
      ['expired'],
      pem('root'),
      /^tls_untrusted: .*has expired \(CERT_HAS_EXPIRED, issued by Example Corp Root CA\).*renewed/,
    ],
    [
      'another host name',
      ['other-name'],
      pem('root'),
      /^tls_untrusted: .*another host name.*git\.example\.com.*issued by Example Corp Root CA.*names that the certificate was made for/,
    ],
  ])('%s', async (_what, [name, ...chain], ca, wanted) => {
    simulator = await start(name!, ...chain);
    const { message, status: said } = status(await check(simulator, ca === '' ? {} : { ca_certificate: ca }));
    expect(message).toMatch(wanted);
    expect(message).toContain('openssl s_client -connect localhost:');
    expect(said).toBe('FAILED');
    expect(simulator.requests).toHaveLength(0);
  });
});
