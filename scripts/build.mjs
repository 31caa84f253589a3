/*
 * Compiles src/ into lib/, as a whole or not at all: what was there before stays until all is compiled.
 *   node scripts/build.mjs [--if-needed]    only if something that lib/ is made from is newer than it
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

/** What lib/ is made from; package-lock.json tells the compiler's version. */
const SOURCES = ['src', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json', 'scripts/build.mjs'];
/** Its time is that at which the build began: what was saved meanwhile is newer. */
const STAMP = 'lib/cli.js';

const isIfNeeded = process.argv.includes('--if-needed');

/** The time of the last change in a file or below a folder, whose own time tells of what was removed. */
function changedAt(path) {
  const stats = statSync(path);
  const below = stats.isDirectory() ? readdirSync(path).map((name) => changedAt(join(path, name))) : [];
  return Math.max(stats.mtimeMs, ...below);
}

const isCurrent = () => existsSync(STAMP) && SOURCES.every((path) => changedAt(path) < statSync(STAMP).mtimeMs);

if (!existsSync('node_modules')) {
  console.error('Run npm ci first: it fetches what the build needs.');
  process.exitCode = 1;
} else if (!isIfNeeded || !isCurrent()) {
  // People wait for something else.
  if (isIfNeeded) console.error('Building the connector ...');
  const begun = new Date();
  rmSync('out/lib', { recursive: true, force: true });
  const compiler = join('node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', 'out/lib'], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
  if (status === 0) {
    rmSync('lib', { recursive: true, force: true });
    renameSync('out/lib', 'lib');
    utimesSync(STAMP, begun, begun);
  }
}
