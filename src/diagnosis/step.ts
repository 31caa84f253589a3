import type { CheckCode, Diagnosis } from './diagnosis';

/** The steps, in order; each builds on those before it. */
export type StepName =
  | 'configuration'
  | 'proxy'
  | 'dns'
  | 'tcp'
  | 'tls'
  | 'server'
  | 'login'
  | 'filters'
  | 'projects'
  | 'repositories'
  | 'users'
  | 'pull_requests'
  | 'pull_request_activities'
  | 'pull_request_diffs'
  | 'pull_request_commits'
  | 'branches'
  | 'tags'
  | 'commits'
  | 'builds'
  | 'rate limit'
  | 'size';

/** What one step found. */
export interface Step {
  readonly name: StepName;
  readonly status: 'ok' | 'warning' | 'failed';
  /** What was found: a sentence without its full stop. */
  readonly finding: string;
  /** What to do about it; whole sentences. */
  readonly remedy?: string;
  /** To try by hand. */
  readonly command?: string;
  /** What of this program helps: see {@link Diagnosis}. */
  readonly ownCommand?: string;
  /** The check's code for it. */
  readonly code?: CheckCode;
  /** For machines. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export function ok(name: StepName, finding: string, details?: Step['details']): Step {
  return { name, status: 'ok', finding, ...(details !== undefined && { details }) };
}

export function warning(name: StepName, finding: string, remedy: string, details?: Step['details']): Step {
  return { name, status: 'warning', finding, remedy, ...(details !== undefined && { details }) };
}

export function failed(name: StepName, { code, cause, remedy, command, ownCommand }: Diagnosis, details?: Step['details']): Step {
  return {
    name,
    status: 'failed',
    finding: cause,
    remedy,
    code,
    ...(command !== undefined && { command }),
    ...(ownCommand !== undefined && { ownCommand }),
    ...(details !== undefined && { details }),
  };
}
