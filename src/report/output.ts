import { randomBytes } from 'node:crypto';
import { lstat, open, readlink, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { SyncError } from '../warehouse/sync-error';

/** So much of a file tells whether it is a page. */
const LOOKED_AT = 4096;
const PAGE = /^\uFEFF?\s*(?:<!doctype\s+html\b|<html\b|$)/i;
/** Files that DuckDB keeps beside its own. */
const BESIDE = /^\.(?:wal(?:\..*)?|tmp)$/;
const MOST_LINKS = 40;

/** Where a page goes. */
export interface Place {
  /** As a person named it. */
  readonly path: string;
  /** Where links lead. */
  readonly target: string;
  /** A pipe or a device is written into; a file in its place would be the end of it. */
  readonly isFile: boolean;
}

/** Where the page goes, if nothing is lost there. Writes nothing. @throws SyncError, a sentence that says what to do */
export async function placeFor(path: string, database: string): Promise<Place> {
  try {
    const target = await followed(path);
    const there = await orNull(stat(target));
    if (await isOfDatabase(target, database))
      throw new SyncError(
        `${path} is the database that the page is made from, or a file of it: nothing was written; name another file with --output, such as report.html.`,
      );
    if (there?.isDirectory() === true) throw Object.assign(new Error(), { code: 'EISDIR' });
    if (there === null) await stat(dirname(target));
    const isFile = there?.isFile() ?? true;
    if (there !== null && isFile && !(await isPage(target)))
      throw new SyncError(
        `${path} is there, and is no HTML page: nothing was written, so that it is not lost; name another file with --output, or remove it first.`,
      );
    return { path, target, isFile };
  } catch (error) {
    throw explained(path, error);
  }
}

/** Writes it there; a link stays, and what it leads to is written. @throws SyncError, a sentence that says what to do */
export async function writePage({ path, target, isFile }: Place, page: string): Promise<void> {
  try {
    await (isFile ? replace(target, page) : writeFile(target, page));
  } catch (error) {
    throw explained(path, error);
  }
}

/** Whoever has the old page open never sees half of a new one. */
async function replace(path: string, page: string): Promise<void> {
  const beside = `${path}.${randomBytes(6).toString('hex')}.part`;
  try {
    await writeFile(beside, page, { mode: 0o600, flag: 'wx' });
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Where a path leads, also if no file is there yet. */
async function followed(path: string, links = 0): Promise<string> {
  const found = await orNull(realpath(path));
  if (found !== null) return found;
  const absolute = resolve(path);
  const isLink = (await orNull(lstat(absolute)))?.isSymbolicLink() === true;
  if (isLink && links < MOST_LINKS) return followed(resolve(dirname(absolute), await readlink(absolute)), links + 1);
  return join((await orNull(realpath(dirname(absolute)))) ?? dirname(absolute), basename(absolute));
}

/** Whether it is the database, under whatever name, or what DuckDB keeps beside it. */
async function isOfDatabase(target: string, database: string): Promise<boolean> {
  const own = await realpath(database);
  if (target === own || (target.startsWith(own) && BESIDE.test(target.slice(own.length)))) return true;
  const [one, other] = [await orNull(stat(target)), await stat(own)];
  return one !== null && one.dev === other.dev && one.ino === other.ino;
}

async function isPage(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LOOKED_AT), 0, LOOKED_AT, 0);
    return PAGE.test(buffer.subarray(0, bytesRead).toString('utf8'));
  } finally {
    await file.close();
  }
}

/** Null where there is nothing. */
async function orNull<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function explained(path: string, error: unknown): SyncError {
  if (error instanceof SyncError) return error;
  const code = codeOf(error);
  return new SyncError(`${path} cannot be written (${code}): ${remedy(code, dirname(path))} with --output.`);
}

function remedy(code: string, folder: string): string {
  switch (code) {
    case 'ENOENT':
      return `there is no folder ${folder}; make it, or name another file`;
    case 'ENOTDIR':
      return `${folder} is no folder; name another file`;
    case 'EISDIR':
      return 'it is a folder; name a file in it';
    case 'EACCES':
    case 'EPERM':
      return `this user may not write there; change the permissions of ${folder}, or name another file`;
    case 'EROFS':
      return `${folder} can only be read; name another file`;
    case 'ENOSPC':
      return 'the disk is full; free some space, or name another file';
    default:
      return 'name another file';
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'failed';
}
