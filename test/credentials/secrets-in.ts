/** The forms in which a text may stand in files, outputs and messages: plain, base64 at each offset, hex, URL, JSON, UTF-16. */
export function formsOf(secret: string): Buffer[] {
  const bytes = Buffer.from(secret);
  // In the middle of longer base64, a text shows at one of three offsets, without its first and last characters.
  const shifted = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    return text.slice(Math.ceil((offset * 8) / 6), -1);
  });
  const texts = [
    secret,
    ...shifted,
    ...shifted.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    encodeURIComponent(secret),
    new URLSearchParams({ s: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
  ];
  return [...texts.map((text) => Buffer.from(text)), Buffer.from(secret, 'utf16le')];
}

/** Which of the secrets stand in a text or a file, in any form. */
export function secretsIn(content: string | Buffer, secrets: readonly string[]): string[] {
  const bytes = Buffer.from(content as string);
  return secrets.filter((secret) => formsOf(secret).some((form) => bytes.includes(form)));
}
