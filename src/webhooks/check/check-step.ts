/** What one step of the check found. */
export interface CheckStep {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'failed';
  /** A sentence without its full stop. */
  readonly finding: string;
  /** What to do about it; whole sentences. */
  readonly remedy?: string;
}

export function ok(name: string, finding: string): CheckStep {
  return { name, status: 'ok', finding };
}

export function warning(name: string, finding: string, remedy: string): CheckStep {
  return { name, status: 'warning', finding, remedy };
}

export function failed(name: string, finding: string, remedy: string): CheckStep {
  return { name, status: 'failed', finding, remedy };
}
