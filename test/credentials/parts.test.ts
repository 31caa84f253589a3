import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { bearsToken } from '../../src/credentials/api-token';
import { seal, unseal } from '../../src/credentials/cipher';
import { daysLeft, endOf, isExpired, parseExpirationDate } from '../../src/credentials/expiration';
import { deriveKey, newSalt } from '../../src/credentials/key';
import { keyOf } from '../../src/credentials/open-store';
import { secretsIn } from './secrets-in';

describe('the cipher', () => {
  const key = randomBytes(32);

  it('gives back what was sealed, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, context) => {
        expect(unseal(key, context, seal(key, context, text))).toBe(text);
      }),
    );
  });

  it('seals the same text differently each time, and shows nothing of it', () => {
    const secret = 'pa55"wörd with blanks';
    const sealed = [seal(key, 'c', secret), seal(key, 'c', secret)];
    expect(new Set(sealed).size).toBe(2);
    for (const text of sealed) {
      expect(secretsIn(text, [secret])).toEqual([]);
      expect(secretsIn(Buffer.from(text.slice(3), 'base64url'), [secret])).toEqual([]);
    }
  });

  it('refuses another key, another context, and each changed, cut or added byte', () => {
    const sealed = seal(key, 'credential 1', 'secret');
    expect(unseal(randomBytes(32), 'credential 1', sealed)).toBeNull();
    expect(unseal(key, 'credential 2', sealed)).toBeNull();
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes);
      changed[index]! ^= 1;
      expect(unseal(key, 'credential 1', `v1.${changed.toString('base64url')}`)).toBeNull();
      expect(unseal(key, 'credential 1', `v1.${bytes.subarray(0, index).toString('base64url')}`)).toBeNull();
    }
    for (const other of ['', 'v1.', 'v2.' + sealed.slice(3), `${sealed}AAAA`, 'secret', '\0'])
      expect(unseal(key, 'credential 1', other)).toBeNull();
  });
});

describe('a key', () => {
  const salt = newSalt();
  const bytes = randomBytes(32);

  it.each([
    ['base64', bytes.toString('base64')],
    ['base64 without its padding', bytes.toString('base64').slice(0, 43)],
    ['base64 for URLs', bytes.toString('base64url')],
    ['base64 with a line end', `${bytes.toString('base64')}\n`],
  ])('of 32 bytes in %s is taken as it is', async (_name, text) => {
    expect(await deriveKey(text, salt)).toEqual(bytes);
  });

  it('made from a passphrase depends on each of its characters and on the salt, and on nothing else', async () => {
    const derived = await deriveKey('correct horse', salt);
    expect(derived).toHaveLength(32);
    expect(await deriveKey(' correct horse\n', salt)).toEqual(derived);
    expect(await deriveKey('Correct horse', salt)).not.toEqual(derived);
    expect(await deriveKey('correct horse', newSalt())).not.toEqual(derived);
    expect(derived).not.toEqual(createHash('sha256').update('correct horse').digest());
  });

  it.each(['', 'scrypt', 'scrypt$0$8$1$AAAA', 'scrypt$3$8$1$AAAA', 'scrypt$9999999$99$99$AAAA', 'scrypt$32768$8$3$'])(
    'cannot be made with the salt "%s"',
    async (damaged) => expect(await deriveKey('correct horse', damaged)).toBeNull(),
  );

  it('of the environment goes before that of the configuration, unless it is blank', () => {
    expect(keyOf('a', 'b')).toBe('a');
    expect(keyOf(undefined, 'b')).toBe('b');
    expect(keyOf(' ', 'b')).toBe('b');
    expect(keyOf(undefined, null)).toBeNull();
  });
});

describe('an expiration date', () => {
  it.each([
    ['2027-01-31', '2027-01-31'],
    [' 2028-02-29 ', '2028-02-29'],
    ['2027-01-31T12:00:00Z', '2027-01-31T12:00:00.000Z'],
    ['2027-01-31t12:00z', '2027-01-31T12:00:00.000Z'],
    ['2027-01-01T00:30:00.5+01:00', '2026-12-31T23:30:00.500Z'],
    ['9999-12-31', '9999-12-31'],
  ])('"%s" is %s', (text, date) => expect(parseExpirationDate(text)).toBe(date));

  it.each([
    '',
    'soon',
    '2027-02-29',
    '2027-13-01',
    '2027-1-1',
    '31.01.2027',
    '2027-01-31T12:00:00',
    '2027-01-31T25:00:00Z',
    '0000-01-01',
    '+12027-01-01',
    '9999-12-31T23:59:00-14:00',
  ])('"%s" is none', (text) => expect(parseExpirationDate(text)).toBeNull());

  it('ends with its day, in UTC', () => {
    expect(new Date(endOf('2027-01-31')).toISOString()).toBe('2027-02-01T00:00:00.000Z');
    expect(isExpired('2027-01-31', Date.parse('2027-01-31T23:59:59.999Z'))).toBe(false);
    expect(isExpired('2027-01-31', Date.parse('2027-02-01T00:00:00.000Z'))).toBe(true);
    expect(isExpired('2027-01-31T12:00:00.000Z', Date.parse('2027-01-31T12:00:00.000Z'))).toBe(true);
    expect(isExpired(null, Number.MAX_SAFE_INTEGER)).toBe(false);
  });

  it('is told 14 days before, and no longer once it has passed', () => {
    const at = (text: string) => daysLeft('2027-01-31', Date.parse(text));
    expect(at('2027-01-17T23:59:59.999Z')).toBeNull();
    expect(at('2027-01-18T00:00:00Z')).toBe(14);
    expect(at('2027-01-31T12:00:00Z')).toBe(1);
    expect(at('2027-02-01T00:00:00Z')).toBeNull();
    expect(daysLeft(null, 0)).toBeNull();
  });
});

describe('the API token', () => {
  it.each([
    ['Bearer right', true],
    ['bearer   right ', true],
    ['Bearer wrong', false],
    ['Bearer rightx', false],
    ['Bearer righ', false],
    ['Basic right', false],
    ['right', false],
    ['Bearer', false],
    ['Bearer ', false],
    ['', false],
    [undefined, false],
  ])('in %j: %s', (header, expected) => expect(bearsToken(header, 'right')).toBe(expected));

  it('that is empty is borne by nobody', () => {
    expect([undefined, '', 'Bearer ', 'Bearer'].map((header) => bearsToken(header, ''))).toEqual([false, false, false, false]);
  });
});
