/**
 * A function that takes secrets out of what a server or a proxy said, which may quote what we sent: plain, in base64 (also as a part of
 * what was encoded, such as the whole header), in hexadecimal digits, escaped for URLs, JSON or HTML. Our own words do not need it, and would be mangled by a password that is a common word.
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const forms = [...new Set(secrets.filter((secret) => secret !== '').flatMap(formsOf))].sort((a, b) => b.length - a.length);
  return (text) => forms.reduce((redacted, form) => redacted.replaceAll(form, '****'), text);
}

function formsOf(secret: string): string[] {
  const html = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
  const base64 = Buffer.from(secret).toString('base64');
  const form = new URLSearchParams([['', secret]]).toString().slice(1);
  return [
    secret,
    base64,
    base64.replace(/=+$/, ''),
    ...partsInBase64(secret),
    ...hex(secret),
    encodeURIComponent(secret),
    form,
    JSON.stringify(secret).slice(1, -1),
    html,
    html.replaceAll("'", '&#39;'),
  ];
}

/** Shorter parts stand in anything. */
const SHORTEST_PART = 8;

/** The digits that a secret alone decides, wherever it begins in what was encoded; also in the alphabet for URLs. */
function partsInBase64(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const parts = [0, 1, 2].map((before) => {
    const digits = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const whole = Math.floor(((before + bytes.length) * 8) / 6);
    return digits.slice(Math.ceil((before * 8) / 6), whole);
  });
  const long = parts.filter(({ length }) => length >= SHORTEST_PART);
  return long.flatMap((part) => [part, part.replaceAll('+', '-').replaceAll('/', '_')]);
}

function hex(secret: string): string[] {
  const digits = Buffer.from(secret).toString('hex');
  return digits.length < SHORTEST_PART ? [] : [digits, digits.toUpperCase()];
}
