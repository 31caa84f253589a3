import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The certificates that `certificates/make.sh` made; `server` is issued by `intermediate`, that by `root`, as most others are. */
export type CertificateName = 'root' | 'intermediate' | 'server' | 'expired' | 'other-name' | 'self-signed' | 'stranger';

/** Path of a certificate. */
export const certificateFile = (name: CertificateName): string => join(__dirname, 'certificates', `${name}.pem`);

/** One or several certificates as PEM text. */
export const pem = (...names: CertificateName[]): string =>
  names.map((name) => readFileSync(certificateFile(name), 'utf8')).join('');

/** What a TLS server needs to show a certificate, and those that it sends along. */
export const tlsOf = (name: CertificateName, ...chain: CertificateName[]): { key: string; cert: string } => ({
  key: readFileSync(join(__dirname, 'certificates', `${name}.key`), 'utf8'),
  cert: pem(name, ...chain),
});
