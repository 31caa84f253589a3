/**
 * A function that takes secrets out of what a server or a proxy said, which may quote what we sent: plain, in base64, escaped for URLs,
 * JSON or HTML. Our own words do not need it, and would be mangled by a password that is a common word.
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
    encodeURIComponent(secret),
    form,
    JSON.stringify(secret).slice(1, -1),
    html,
    html.replaceAll("'", '&#39;'),
  ];
}
