/** What decides whether something that nobody sees any more is gone. */
export interface Evidence {
  /** Who saw it when it was last seen; undefined: that is not known. */
  readonly witnesses: ReadonlySet<string> | undefined;
  /** Those who could have seen it now, and did not. */
  readonly agreed: ReadonlySet<string>;
  /** Those who work. */
  readonly working: ReadonlySet<string>;
  /** The users of configured credentials that do not work; null: of one whose user is not known. */
  readonly missing: readonly (string | null)[];
}

/**
 * Something is gone when one of those who saw it looked again and does not see it, or when all of them were taken out of the
 * configuration. Where it is not known who saw it, it may be anybody who is configured.
 */
export function isProvenByAgreement({ witnesses, agreed, working, missing }: Evidence): boolean {
  const absent = missing.filter((user) => user === null || !working.has(user));
  if (witnesses === undefined || witnesses.size === 0) return absent.length === 0 && agreed.size > 0;
  if ([...witnesses].some((user) => agreed.has(user))) return true;
  const isConfigured = (user: string) => working.has(user) || absent.includes(user) || absent.includes(null);
  return ![...witnesses].some(isConfigured);
}

/** What a user is told by, however it was written: as a login name, or as `X-AUSERNAME` has it. */
export function userKey(name: string): string {
  try {
    return decodeURIComponent(name).toLowerCase();
  } catch {
    return name.toLowerCase();
  }
}
