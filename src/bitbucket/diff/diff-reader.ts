import { type Answer, readJson, readText } from '../transport/answer';
import type { Sender } from '../session/sender';
import type { Asking } from '../session/request';
import type { Diff, DiffFile } from './diff';
import { BitbucketError, isKind, isTooMuch } from '../errors';
import { saysNothingToCompare } from '../missing';
import { countJsonDiff } from './json-diff';
import { isJson } from '../../config/json';
import { pathOf } from '../api/payloads';
import type { ServerQuirks } from '../api/quirks';
import { countRawDiff } from './raw-diff';

/** No context, no comments: of a diff we want the counts. */
const COUNTS_ONLY = { contextLines: 0, withComments: false };

/** Attempts for the raw form that breaks off, before another is asked for. */
const RAW_ATTEMPTS = 3;
/** How each form of a diff is asked for: where it does not come, there is another. */
const ONE_OF_SEVERAL = { canAskForLess: true, attempts: RAW_ATTEMPTS };

/** What a diff is read with. */
interface Reader {
  readonly session: Sender;
  /** Of the pull request. */
  readonly path: string;
  readonly by: Asking;
  readonly quirks: ServerQuirks;
}

/**
 * Counts the diff of a pull request: the raw form streams whole and unlimited; where it is refused (406), or never comes to its end (a
 * git process that the server gave up on, a body that breaks off), the JSON form serves, and where that is cut off, `.diff`. What came too
 * late may have done so for a moment only (a proxy that was restarted): it is asked for once more. Only when no form gives it all is the
 * diff `truncated`, its files completed from `/changes`.
 * @param path of the pull request
 */
export async function readDiff(session: Sender, path: string, by: Asking, quirks: ServerQuirks): Promise<Diff> {
  try {
    return await readForms({ session, path, by, quirks });
  } catch (error) {
    // The commits are gone (a deleted fork, garbage collection): nobody can tell any more what was changed.
    if (saysNothingToCompare(error)) return { files: [], truncated: true };
    throw error;
  }
}

async function readForms(reader: Reader): Promise<Diff> {
  const raw = await rawForm(reader);
  if (raw !== null && typeof raw !== 'string') {
    if (raw.form === 'json') return completed(reader, raw.diff, dotDiff);
    return raw.diff.files.length > 0 ? raw.diff : await confirmEmpty(reader);
  }
  const json = await jsonForm(reader);
  if (raw === 'broken') return completed(reader, json, null);
  return raw === 'late' ? completed(reader, json, rawFormAgain, true) : completed(reader, json, dotDiff);
}

/** A way to the whole diff: its files, `late` where they may come another time, null where they do not come this way. */
type WayToAll = (reader: Reader) => Promise<readonly DiffFile[] | 'late' | null>;

/**
 * What comes of the JSON form.
 * @param diff null where it did not come to its end
 * @param wayToAll asked where that is not all; null: none is left
 * @param wasLate whether that way was tried before, and was late
 */
async function completed(reader: Reader, diff: Diff | null, wayToAll: WayToAll | null, wasLate = false): Promise<Diff> {
  if (diff?.truncated === false) return tellCopies(reader, diff);
  const whole = wasLate ? 'late' : ((await wayToAll?.(reader)) ?? null);
  if (whole !== null && whole !== 'late') return { files: whole, truncated: false };
  const changes = await readChanges(reader);
  // By now the server has answered: what was late for a moment comes, what takes too long does not.
  const again = whole === 'late' ? ((await wayToAll?.(reader)) ?? null) : null;
  if (again !== null && again !== 'late') return { files: again, truncated: false };
  const counted = diff?.files ?? [];
  const known = new Set(counted.map((file) => file.path));
  return { files: [...withCopies(counted, changes), ...changes.filter((file) => !known.has(file.path))], truncated: true };
}

type Form = { readonly diff: Diff; readonly form: 'raw' | 'json' };

/** Null where the server does not offer it, `late` where it took too long, `broken` where it does not come to its end. */
async function rawForm({ session, path, by, quirks }: Reader): Promise<Form | null | 'late' | 'broken'> {
  if (quirks.refusesRawDiffs) return null;
  const request = { kind: 'diff', path: `${path}/diff`, query: COUNTS_ONLY, accept: 'text/plain', ...ONE_OF_SEVERAL, ...by };
  try {
    return await session.send(request, readEitherForm);
  } catch (error) {
    if (isUnfinished(error)) return isTooMuch(error) ? 'late' : 'broken';
    // An error body in plain text cannot tell what is missing; the JSON form's can.
    if (!isKind(error, 'not_acceptable', 'no_such_route')) throw error;
    quirks.refusesRawDiffs = error.kind === 'not_acceptable';
    return null;
  }
}

async function rawFormAgain(reader: Reader): Promise<readonly DiffFile[] | null> {
  const raw = await rawForm(reader);
  if (raw === null || typeof raw === 'string' || raw.diff.truncated) return null;
  return raw.diff.files.length > 0 ? raw.diff.files : null;
}

/** Null where it does not come to its end either. */
async function jsonForm({ session, path, by }: Reader): Promise<Diff | null> {
  const request = { kind: 'diff', path: `${path}/diff`, query: COUNTS_ONLY, ...ONE_OF_SEVERAL, ...by };
  try {
    return await session.send(request, async (answer) => countJsonDiff(await readJson(answer)));
  } catch (error) {
    if (!isUnfinished(error)) throw error;
    return null;
  }
}

/** It took too long, or did not come to its end: another form may. Whatever else fails says nothing about the diff: it is pending. */
function isUnfinished(error: unknown): boolean {
  return isTooMuch(error) || (error instanceof BitbucketError && error.details.brokenOff === true);
}

async function readEitherForm(answer: Answer): Promise<Form> {
  if (answer.contentType.includes('json')) return { form: 'json', diff: countJsonDiff(await readJson(answer)) };
  if (answer.contentType.includes('html')) {
    await readText(answer.body, 1 << 20);
    throw new BitbucketError('unexpected_answer', 'the answer is a page for people (HTML)');
  }
  return { form: 'raw', diff: { files: await countRawDiff(answer.body), truncated: false } };
}

/** An empty diff and an empty body look alike. */
async function confirmEmpty(reader: Reader): Promise<Diff> {
  const changes = await readChanges(reader);
  if (changes.length === 0) return { files: [], truncated: false };
  throw new BitbucketError('unexpected_answer', `GET ${reader.path}/diff: the answer is empty, although files were changed`);
}

/** Old servers do not tell a copy from a move in the JSON diff; `/changes` does. */
async function tellCopies(reader: Reader, diff: Diff): Promise<Diff> {
  if (!diff.files.some((file) => file.type === 'MOVE')) return diff;
  return { ...diff, files: withCopies(diff.files, await readChanges(reader)) };
}

function withCopies(files: readonly DiffFile[], changes: readonly DiffFile[]): DiffFile[] {
  const copies = new Set(changes.filter(({ type }) => type === 'COPY').map((change) => change.path));
  return files.map((file) => (file.type === 'MOVE' && copies.has(file.path) ? { ...file, type: 'COPY' } : file));
}

/** The whole diff by another address; null where the server does not offer it, or it does not come to its end. */
async function dotDiff({ session, path, by }: Reader): Promise<readonly DiffFile[] | 'late' | null> {
  try {
    const request = { kind: 'diff', path: `${path}.diff`, accept: 'text/plain', ...ONE_OF_SEVERAL, ...by };
    const files = await session.send(request, async (answer) => {
      if (/html|json/.test(answer.contentType)) throw new BitbucketError('not_acceptable', 'the answer is not a diff');
      return countRawDiff(answer.body);
    });
    return files.length > 0 ? files : null;
  } catch (error) {
    if (isUnfinished(error)) return isTooMuch(error) ? 'late' : null;
    if (!isKind(error, 'not_acceptable', 'no_such_route', 'not_found', 'forbidden', 'rejected')) throw error;
    return null;
  }
}

/** The changed files without counts; a single page of at most 1,000, `start` is ignored. */
function readChanges({ session, path, by }: Reader): Promise<DiffFile[]> {
  return session.send({ kind: 'changes', path: `${path}/changes`, query: { limit: 1000 }, ...by }, async (answer) => {
    const page = await readJson(answer);
    if (!isJson(page) || !Array.isArray(page.values))
      throw new BitbucketError('unexpected_answer', 'the answer is JSON of another kind');
    return (page.values as unknown[]).filter(isJson).map((change) => ({
      path: pathOf(change.path) ?? '',
      previousPath: pathOf(change.srcPath),
      type: typeOfChange(change.type),
      additions: 0,
      deletions: 0,
      binary: false,
    }));
  });
}

function typeOfChange(type: unknown): DiffFile['type'] {
  return type === 'ADD' || type === 'DELETE' || type === 'MOVE' || type === 'COPY' ? type : 'MODIFY';
}
