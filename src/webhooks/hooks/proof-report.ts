import type { Verdict } from './verdict';

/** So many names are written out for one finding. */
const NAMES = 10;

/** What a sync tells of the proofs: each finding once, with the repositories that it holds for. */
export class ProofReport {
  private readonly proven = new Map<string, string[]>();
  private readonly missing = new Map<string, string[]>();

  /** @param name `KEY/slug` */
  add(name: string, { proven, reason }: Verdict): void {
    const findings = proven ? this.proven : this.missing;
    const names = findings.get(reason);
    if (names === undefined) findings.set(reason, [name]);
    else names.push(name);
  }

  /** Whether this is the reason why some are not proven. */
  has(reason: string): boolean {
    return this.missing.has(reason);
  }

  lines(): string[] {
    return [
      ...[...this.proven].map(([reason, names]) => `Webhooks of ${listed(names)}: ${reason}`),
      ...[...this.missing].map(([reason, names]) => `All lists are read, as without webhooks, of ${listed(names)}: ${reason}`),
    ];
  }
}

function listed(names: readonly string[]): string {
  const more = names.length - NAMES;
  return `${names.slice(0, NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
