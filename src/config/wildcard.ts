/**
 * A pattern in which `*` stands for any characters, and which fits whole texts only.
 * @param flags `i`: upper and lower case are the same
 */
export function wildcard(text: string, flags: 'i' | '' = ''): RegExp {
  return new RegExp(`^${text.split('*').map(escapeRegExp).join('.*')}$`, `${flags}s`);
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
