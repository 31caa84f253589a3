import { mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Before all tests: a link to the built executable under a path without blanks that is as long for each clone, since what the program tells
 * to type holds its path, quoted where it must be, and is wrapped by its length.
 */
export default function linkExecutable(): void {
  const folder = mkdtempSync(join(tmpdir(), 'clone-'));
  symlinkSync(resolve(__dirname, '../../bin'), join(folder, 'bin'));
  process.env.TESTED_EXECUTABLE = join(folder, 'bin/main');
}
