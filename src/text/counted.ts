/** A number with its noun, as people say it: `no builds`, `1 build`, `2,000 builds`. @param many the plural @default with an s */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count === 0 ? 'no' : count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
