import { ConfigError } from './config-error';
import { refuseStandIn } from './stand-in';

/** Whether a place is a PostgreSQL database, not a folder. */
export function isPostgresUrl(place: string): boolean {
  return /^postgres(?:ql)?:\/\//i.test(place);
}

/**
 * A folder, or a URL of PostgreSQL; whatever else looks like a URL was meant as one, and may hold a password.
 * @param field what the place was given as, for messages, with a folder that would do
 * @throws ConfigError that repeats nothing of the place
 */
export function parsePlace(text: string, { field, example }: { readonly field: string; readonly example: string }): string {
  const place = text.trim();
  const expected = `write a folder such as ${example}, or postgres://user:password@host/database`;
  refuseStandIn(field, place);
  if (place === '') throw new ConfigError(`${field} is blank: ${expected}.`);
  if (isPostgresUrl(place)) {
    const url = URL.canParse(place) ? new URL(place) : null;
    if (url === null || url.hash !== '' || url.pathname.includes('@')) {
      throw new ConfigError(
        `${field} is not a URL: what is neither letter nor digit in its user name and password must be percent-encoded, such as %2F for a slash.`,
      );
    }
  } else if (/^[a-z][a-z\d+.-]+:|:\/\/|:.*@|^[^/.\\].*@/i.test(place)) {
    throw new ConfigError(`${field} is neither a folder nor a URL that begins with postgres://: ${expected}.`);
  }
  return place;
}
