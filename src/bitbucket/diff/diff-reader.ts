import { type Answer, readJson, readText } from '../transport/answer';
import type { Sender } from '../session/sender';
import type { Asking } from '../session/request';
import type { Diff, DiffFile } from './diff';
import { BitbucketError, isKind } from '../errors';
import { countJsonDiff } from './json-diff';
import { isJson } from '../../config/json';
import { pathOf, type RestPath } from '../api/payloads';
import type { ServerQuirks } from '../api/quirks';
import { countRawDiff } from './raw-diff';

/** No context, no comments: of a diff we want the counts. */
const COUNTS_ONLY = { contextLines: 0, withComments: false };

/**
 * Counts the diff of a pull request: the raw form streams whole and unlimited; where it is refused (406) the JSON form serves, and where
 * that is cut off, `.diff`; only when none gives it all is the diff `truncated`, its files completed from `/changes`.
 * @param path of the pull request
 */
export async function readDiff(session: Sender, path: string, by: Asking, quirks: ServerQuirks): Promise<Diff> {
  try {
    const { diff, form } = await firstForm(session, path, by, quirks);
    if (form === 'raw') return diff.files.length > 0 ? diff : await confirmEmpty(session, path, by);
    return diff.truncated ? await otherForms(session, path, by, diff) : await tellCopies(session, path, by, diff);
  } catch (error) {
    // The commits are gone (a deleted fork, garbage collection): nobody can tell any more what was changed.
    if (
      isKind(error, 'not_found') &&
      /NoSuchCommit|NoSuchObject|NoSuchPath|NoSuchRef|NoSuchBranch/.test(error.details.exceptionName ?? '')
    ) {
      return { files: [], truncated: true };
    }
    throw error;
  }
}

type Form = { readonly diff: Diff; readonly form: 'raw' | 'json' };

async function firstForm(session: Sender, path: string, by: Asking, quirks: ServerQuirks): Promise<Form> {
  const question = { kind: 'diff', path: `${path}/diff`, query: COUNTS_ONLY, ...by };
  if (!quirks.refusesRawDiffs) {
    try {
      return await session.send({ ...question, accept: 'text/plain' }, readEitherForm);
    } catch (error) {
      // An error body in plain text cannot tell what is missing; the JSON form's can.
      if (!isKind(error, 'not_acceptable', 'no_such_route')) throw error;
      quirks.refusesRawDiffs = error.kind === 'not_acceptable';
    }
  }
  return { form: 'json', diff: countJsonDiff(await session.json(question)) };
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
async function confirmEmpty(session: Sender, path: string, by: Asking): Promise<Diff> {
  const changes = await readChanges(session, path, by);
  if (changes.length === 0) return { files: [], truncated: false };
  throw new BitbucketError('unexpected_answer', `GET ${path}/diff was answered with an empty body, although files were changed`);
}

/** Old servers do not tell a copy from a move in the JSON diff; `/changes` does. */
async function tellCopies(session: Sender, path: string, by: Asking, diff: Diff): Promise<Diff> {
  if (!diff.files.some((file) => file.type === 'MOVE')) return diff;
  return { ...diff, files: withCopies(diff.files, await readChanges(session, path, by)) };
}

function withCopies(files: readonly DiffFile[], changes: readonly DiffFile[]): DiffFile[] {
  const copies = new Set(changes.filter(({ type }) => type === 'COPY').map((change) => change.path));
  return files.map((file) => (file.type === 'MOVE' && copies.has(file.path) ? { ...file, type: 'COPY' } : file));
}

async function otherForms(session: Sender, path: string, by: Asking, diff: Diff): Promise<Diff> {
  try {
    const files = await session.send({ kind: 'diff', path: `${path}.diff`, ...by, accept: 'text/plain' }, async (answer) => {
      if (/html|json/.test(answer.contentType)) throw new BitbucketError('not_acceptable', `GET ${path}.diff is not a diff`);
      return countRawDiff(answer.body);
    });
    if (files.length > 0) return { files, truncated: false };
  } catch (error) {
    if (!isKind(error, 'not_acceptable', 'no_such_route', 'not_found', 'forbidden', 'rejected')) throw error;
  }
  const changes = await readChanges(session, path, by);
  const known = new Set(diff.files.map((file) => file.path));
  return { files: [...withCopies(diff.files, changes), ...changes.filter((file) => !known.has(file.path))], truncated: true };
}

/** The changed files without counts; a single page of at most 1,000, `start` is ignored (reference: d). */
async function readChanges(session: Sender, path: string, by: Asking): Promise<DiffFile[]> {
  const answer = await session.json({ kind: 'changes', path: `${path}/changes`, query: { limit: 1000 }, ...by });
  const values = isJson(answer) && Array.isArray(answer.values) ? (answer.values as unknown[]) : null;
  if (values === null) throw new BitbucketError('unexpected_answer', `GET ${path}/changes the answer is JSON of another kind`);
  return values.filter(isJson).map((change) => ({
    path: pathOf(change.path as RestPath | null) ?? '',
    previousPath: pathOf(change.srcPath as RestPath | null),
    type: typeOfChange(change.type),
    additions: 0,
    deletions: 0,
    binary: false,
  }));
}

function typeOfChange(type: unknown): DiffFile['type'] {
  return type === 'ADD' || type === 'DELETE' || type === 'MOVE' || type === 'COPY' ? type : 'MODIFY';
}
