/** Two names are taken for each other up to this many changed characters, and a third of their length. */
const MOST_CHANGES = 3;

/** A name of so many characters may be the beginning or the end of what was meant. */
const LEAST_PART = 3;

/** What was probably meant by a misspelt name, or by one that is the beginning or the end of it; null: nothing is near. */
export function nearest(name: string, candidates: readonly string[]): string | null {
  const ranked = candidates
    .map((candidate) => ({ candidate, changes: changesBetween(plain(name), plain(candidate)) }))
    .sort((a, b) => a.changes - b.changes);
  const [best] = ranked;
  if (best === undefined) return null;
  return best.changes <= Math.min(MOST_CHANGES, name.length / 3) ? best.candidate : partOf(plain(name), candidates);
}

const GUESS = / \(did you mean [^)]+\?\)/g;

/** Names in a row, each with what was probably meant by it, if anything is near. */
export function withGuesses(names: readonly string[], candidates: readonly string[]): string {
  return names
    .map((name) => {
      const meant = nearest(name, candidates);
      return meant === null ? name : `${name} (did you mean ${meant}?)`;
    })
    .join(', ');
}

/** The same message with and without guesses is one. */
export function withoutGuesses(message: string): string {
  return message.replace(GUESS, '');
}

/** The shortest that begins or ends so. */
function partOf(part: string, candidates: readonly string[]): string | null {
  if (part.length < LEAST_PART) return null;
  const whole = candidates.filter((candidate) => plain(candidate).startsWith(part) || plain(candidate).endsWith(part));
  return whole.sort((a, b) => a.length - b.length)[0] ?? null;
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z\d]/g, '');
}

/** How many characters must be added, removed or replaced (Levenshtein). */
function changesBetween(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [row, character] of one.split('').entries()) {
    const current = [row + 1];
    for (const [column, wanted] of other.split('').entries()) {
      const replaced = (previous[column] ?? 0) + (character === wanted ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}
