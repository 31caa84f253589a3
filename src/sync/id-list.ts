/** Ids as short text for the state: the highest in base 36, then the distances downwards. `[1000, 998, 900]` is `rs,2,2q`. */
export function printIds(ids: readonly number[]): string {
  const sorted = [...ids].sort((a, b) => b - a);
  return sorted.map((id, index) => (index === 0 ? id : (sorted[index - 1] ?? 0) - id).toString(36)).join(',');
}

/** Reads {@link printIds}' text back. */
export function parseIds(text: string): number[] {
  let last = 0;
  return text === ''
    ? []
    : text.split(',').map((part, index) => {
        const value = parseInt(part, 36);
        last = index === 0 ? value : last - value;
        return last;
      });
}
