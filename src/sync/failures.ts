import { ConfigError } from '../config/config-error';
import { CredentialsError } from '../credentials/credentials-error';
import { BitbucketError, isKind } from '../bitbucket/errors';
import type { FailureType } from '../airbyte/emitter';

/** Syncs that an item may fail before it no longer fails the sync. */
const PATIENCE = 3;

/** How a repository is called, whose lists or whose row could not be read. */
const REPOSITORY = /^repository (\S+\/\S+)$/;

/** What fails and succeeds together: an outage of one kind counts against none of its items. A repository is what its lists are. */
export type ItemKind = 'repository' | 'item' | 'row';

/** Something that could not be read, though other things of its kind may have been. */
export interface Failure {
  readonly stream: string;
  readonly kind: ItemKind;
  /** What it is, in words: `pull request 12 of ACME/app`. */
  readonly item: string;
  readonly error: Error;
  /** Earlier syncs that failed to read it. */
  readonly before: number;
  /** Writes the new count into the state. */
  readonly count: (failures: number) => void;
}

/** Keeps account of what could not be read: what fails the sync, and what is only worth a warning. */
export class Failures {
  private readonly items: Failure[] = [];
  private readonly read = new Set<string>();
  /** Streams that ended with a failure of their own: a list that could not be read. */
  private readonly ended = new Set<string>();

  /** @param failOnUnreadable whether what cannot be read fails the sync (configuration: `fail_on_unreadable`) */
  constructor(private readonly failOnUnreadable = true) {}

  add(failure: Failure): void {
    this.items.push(failure);
  }

  /** An item of this kind was read: the server is well, and what fails has a reason of its own. */
  succeeded(stream: string, kind: ItemKind): void {
    this.read.add(`${stream} ${kind}`);
  }

  /** A stream could not be read to its end. */
  streamFailed(stream: string): void {
    this.ended.add(stream);
  }

  /** The failures that make a stream INCOMPLETE. */
  of(stream: string): Failure[] {
    return this.items.filter((failure) => failure.stream === stream && this.fails(failure));
  }

  /** Those that are only mentioned. */
  tolerated(stream: string): Failure[] {
    return this.items.filter((failure) => failure.stream === stream && !this.fails(failure));
  }

  /**
   * At the end of a stream: counts against each item, unless nothing of its kind could be read (an outage counts against none), though
   * something else was due, or the rest of the sync failed, too.
   */
  settle(stream: string): void {
    for (const failure of this.items) {
      if (failure.stream !== stream) continue;
      if (this.read.has(`${stream} ${failure.kind}`) || this.isAlone(failure)) failure.count(failure.before + 1);
    }
  }

  /** Lists fail each sync: what they hold is not even known. */
  private fails({ kind, before }: Failure): boolean {
    return this.failOnUnreadable && (kind === 'repository' || before < PATIENCE);
  }

  /** Nothing else was due in its stream but what failed before, and nothing but single items failed anywhere. */
  private isAlone({ stream, kind }: Failure): boolean {
    if (kind !== 'item' || this.ended.size > 0 || this.items.some((other) => other.kind !== 'item')) return false;
    const here = this.items.filter((other) => other.stream === stream);
    return here.length === 1 || here.every(({ before }) => before > 0);
  }
}

/** What Airbyte is to make of an error: try again by itself, or wait for somebody to change something. */
export function failureType(error: unknown): FailureType {
  if (error instanceof ConfigError) return 'config_error';
  if (error instanceof CredentialsError) return error.isTransient ? 'transient_error' : 'config_error';
  if (
    isKind(error, 'login_denied', 'account_lost', 'no_licence', 'forbidden', 'not_found', 'no_such_route', 'tls', 'proxy_denied')
  )
    return 'config_error';
  // A conflict is about what something is just now: a repository that went offline while it was read.
  if (isKind(error, 'rejected') && error.details.status === 409) return 'transient_error';
  return error instanceof Error && error.name === 'BitbucketError' && !isKind(error, 'rejected')
    ? 'transient_error'
    : 'system_error';
}

/** Repositories to leave out that are named; whoever has more knows how it is written. */
const NAMED = 5;

/** One sentence for a stream's failures, the cause and what happens next included. */
export function summarise(failures: readonly Failure[]): string {
  // What fails each sync comes first: it is what the way to go on without is about.
  const [first] = [...failures.filter((failure) => addressOf(failure) !== null), ...failures];
  if (first === undefined) return '';
  const more = new Set(failures.map(({ item }) => item)).size - 1;
  const others = more === 0 ? '' : `, and ${more} more`;
  const isList = failures.some((failure) => failure.kind === 'repository' || addressOf(failure) !== null);
  const ways = isList ? ` To go on without${leavingOut(failures)}set fail_on_unreadable to false.` : '';
  return `${first.item} could not be read${others}: ${first.error.message}. What is missing is read first in the next sync.${ways}`;
}

/** How to leave out the repositories that cannot be read; it does not help against the other failures, if there are some. */
function leavingOut(failures: readonly Failure[]): string {
  const addresses = [...new Set(failures.map(addressOf).filter((address) => address !== null))];
  const [only] = addresses;
  if (only === undefined) return ', ';
  const some = addresses.slice(0, NAMED).map((address) => `"!${address}"`);
  const patterns = some.join(', ') + (addresses.length > NAMED ? ' and so on' : '');
  const isAll = failures.every((failure) => addressOf(failure) !== null);
  const whom = isAll ? '' : addresses.length === 1 ? ` ${only}` : ' these repositories';
  return `${whom}, leave ${addresses.length === 1 ? 'it' : 'them'} out (repositories: ${patterns}), or `;
}

/** The repository that a failure is about as a whole; null: it is about something in it, or elsewhere. */
function addressOf({ item }: Failure): string | null {
  return REPOSITORY.exec(item)?.[1] ?? null;
}

/** Whether an exception is a fault of ours: no answer of the server, and no trouble of this process with its files or its reader. */
export function isOurFault(error: unknown): error is Error {
  return error instanceof Error && !(error instanceof BitbucketError) && !('code' in error);
}
