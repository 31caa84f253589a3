/**
 * Whether a line of a page is the name of a test, or how it begins. Where the test is run for several cases (`%s`, `%i`), the page has words
 * for all of them in that place.
 */
export function isNamed(line: string, test: string): boolean {
  const words = test.split(/%[a-z]/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return test.startsWith(line) ? !/%[a-z]/.test(line) : new RegExp(`^${words.join('[^%]+')}$`).test(line);
}
