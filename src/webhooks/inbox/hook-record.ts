import { isJson } from '../../config/json';

/**
 * One webhook of ours on the server, as the inbox last saw it. Positions are the inbox's own sequence; `success` and `failure` are the
 * server's instants, which are compared with nothing but their own earlier values.
 */
export interface HookRecord {
  readonly id: number;
  readonly url: string;
  readonly events: readonly string[];
  /** All of it that an edit changes: another form has everything to prove again. */
  readonly form: string;
  /** Position at which it was first seen in this form. */
  readonly seen: number;
  /** Whether the server tells statistics of it; without them, only signed events prove anything. */
  readonly counted: boolean;
  /** The latest delivery that succeeded, and the latest that did not; 0: none. */
  readonly success: number;
  readonly failure: number;
  /** Position at which it was found to work since then; 0: it has not delivered yet, or its last delivery failed. */
  readonly works: number;
}

/** What the server said of a place: these webhooks; or nothing yet; or, for whoever reads, that the account may not look. */
export type ScopeState = 'shown' | 'unasked' | 'hidden';

/** What is known of the webhooks of a project or a repository. */
export interface ScopeRecord {
  /** `repository:12` or `project:3`. */
  readonly scope: string;
  readonly state: ScopeState;
  /** When the server was last asked, by the inbox's clock in epoch milliseconds; 0: never. */
  readonly askedAt: number;
  /** Position at that time. */
  readonly asked: number;
  /** Position at which `webhooks ensure` recorded it; 0: never. */
  readonly ensured: number;
  /** Position at which it was learned that deliveries may be missing: a listing pass that began before has missed them; 0: never. */
  readonly missed: number;
  /** Those that are active and send to us. */
  readonly hooks: readonly HookRecord[];
}

/** A place of which nothing is known yet. */
export function unknownScope(scope: string): ScopeRecord {
  return { scope, state: 'unasked', askedAt: 0, asked: 0, ensured: 0, missed: 0, hooks: [] };
}

/** Reads a record back, leniently: what cannot be understood is not known. */
export function parseScopeRecord(scope: string, text: string): ScopeRecord {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return unknownScope(scope);
  }
  if (!isJson(raw)) return unknownScope(scope);
  const { state, askedAt, asked, ensured, missed, hooks } = raw;
  return {
    scope,
    state: state === 'shown' ? state : 'unasked',
    askedAt: numberOf(askedAt),
    asked: numberOf(asked),
    ensured: numberOf(ensured),
    missed: numberOf(missed),
    hooks: Array.isArray(hooks) ? hooks.filter(isHookRecord) : [],
  };
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function isHookRecord(value: unknown): value is HookRecord {
  return (
    isJson(value) &&
    ['id', 'seen', 'success', 'failure', 'works'].every((field) => typeof value[field] === 'number') &&
    typeof value.url === 'string' &&
    typeof value.form === 'string' &&
    typeof value.counted === 'boolean' &&
    Array.isArray(value.events)
  );
}
