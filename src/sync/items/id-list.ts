/** What the text of commit ids begins with: twenty bytes each follow, in base64. */
const COMMITS = '#';
/** What any other ids begin with: a list in JSON. */
const TEXTS = '[';

/**
 * Ids of child rows as short text for the state. Numbers: the highest in base 36, then the distances downwards, `[1000, 998, 900]` is
 * `rs,2,2q`. Commits: their bytes. Anything else: JSON.
 */
export function printIds(ids: readonly string[]): string {
  if (ids.every((id) => /^\d{1,15}$/.test(id))) return printNumbers(ids.map(Number));
  if (ids.every((id) => /^[0-9a-f]{40}$/.test(id))) return `${COMMITS}${Buffer.from(ids.join(''), 'hex').toString('base64')}`;
  return JSON.stringify(ids);
}

/** Reads {@link printIds}' text back. */
export function parseIds(text: string): string[] {
  if (text === '') return [];
  if (text.startsWith(TEXTS)) return (JSON.parse(text) as unknown[]).map(String);
  if (text.startsWith(COMMITS)) return Buffer.from(text.slice(1), 'base64').toString('hex').match(/.{40}/g) ?? [];
  return parseNumbers(text).map(String);
}

function printNumbers(ids: readonly number[]): string {
  const sorted = [...ids].sort((a, b) => b - a);
  return sorted.map((id, index) => (index === 0 ? id : (sorted[index - 1] ?? 0) - id).toString(36)).join(',');
}

function parseNumbers(text: string): number[] {
  let last = 0;
  return text.split(',').map((part, index) => {
    const value = parseInt(part, 36);
    last = index === 0 ? value : last - value;
    return last;
  });
}
