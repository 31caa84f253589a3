/** What decides whether something that nobody sees any more is gone. */
export interface Evidence {
  /** Who saw it when it was last seen; undefined: that is not known. */
  readonly witnesses: ReadonlySet<string> | undefined;
  /** Those who could have seen it now, and did not. */
  readonly agreed: ReadonlySet<string>;
  /** Those who work. */
  readonly working: ReadonlySet<string>;
  /** The users of configured credentials that do not work; null: of one whose user is not known, or has none. */
  readonly missing: readonly (string | null)[];
}

/**
 * Something is gone when one of those who saw it looked again and does not see it, or when all of them were taken out of the
 * configuration. Where it is not known who saw it, it may be anybody who is configured.
 */
export function isProvenByAgreement({ witnesses, agreed, working, missing }: Evidence): boolean {
  const absent = absentOf({ working, missing });
  if (witnesses === undefined || witnesses.size === 0) return absent.length === 0 && agreed.size > 0;
  if ([...witnesses].some((user) => agreed.has(user))) return true;
  return ![...witnesses].some((user) => isConfigured(user, { working, missing }));
}

/** Whether a user is, or may be, one of the configuration: works, or is one whose credential does not. */
export function isConfigured(user: string, accounts: Pick<Evidence, 'working' | 'missing'>): boolean {
  return accounts.working.has(user) || absentOf(accounts).some((other) => other === null || areSame(user, other));
}

/** Those that are missing, and have no other credential that works. */
function absentOf({ working, missing }: Pick<Evidence, 'working' | 'missing'>): readonly (string | null)[] {
  return missing.filter((user) => user === null || ![...working].some((other) => areSame(user, other)));
}

const NAMELESS = 'a token: ';

/** What a token without a user is told by. @param credential the same in each sync, wherever it stands in the configuration */
export function namelessKey(credential: string): string {
  return NAMELESS + credential;
}

/** The user of a key; null: it is that of a token without one. */
export function userOfKey(key: string): string | null {
  return key.startsWith(NAMELESS) ? null : key;
}

/** What a user is told by, however it was written: as a login name, or as `X-AUSERNAME` has it. */
export function userKey(name: string): string {
  try {
    return decodeURIComponent(name).toLowerCase();
  } catch {
    return name.toLowerCase();
  }
}

/** Whether two keys may be the same user: headers write a blank as a plus, and letters beyond ASCII as the bytes of UTF-8. */
function areSame(one: string, other: string): boolean {
  return one === other || comparable(one) === comparable(other);
}

function comparable(key: string): string {
  const bytes = Buffer.from(key, 'latin1');
  const decoded = bytes.toString('latin1') === key ? bytes.toString('utf8') : key;
  return (decoded.includes('\ufffd') ? key : decoded).normalize('NFC').replaceAll('+', ' ').toLowerCase();
}
