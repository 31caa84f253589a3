/*
 * Compiles src/ into lib/, as a whole or not at all: what was there before stays until all is compiled.
 *   node scripts/build.mjs [--if-needed]    only if something that lib/ is made from is newer than it
 */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

/** What lib/ is made from; npm's own note of what it has installed tells of another compiler. */
const SOURCES = ['src', 'tsconfig.json', 'tsconfig.build.json', 'node_modules/.package-lock.json', 'scripts/build.mjs'];
/** Its time is that at which the build began: what was saved meanwhile is newer. */
const STAMP = 'lib/cli.js';
const isIfNeeded = process.argv.includes('--if-needed');

/** The time of the last change in a file or below a folder, whose own time tells of what was removed. */
function changedAt(path) {
  const stats = lstatSync(path);
  const below = stats.isDirectory() ? readdirSync(path).map((name) => changedAt(join(path, name))) : [];
  return Math.max(stats.mtimeMs, ...below);
}

const isCurrent = () =>
  existsSync(STAMP) && SOURCES.every((path) => existsSync(path) && changedAt(path) < lstatSync(STAMP).mtimeMs);

function build() {
  const begun = new Date();
  // Somebody else may build at the same time.
  const [made, replaced] = ['made', 'replaced'].map((name) => join('out', `lib-${name}-${process.pid}`));
  const compiler = join('node_modules', 'typescript', 'bin', 'tsc');
  mkdirSync('out', { recursive: true });
  const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', made], { stdio: 'inherit' });
  if (status === 0) {
    utimesSync(join(made, 'cli.js'), begun, begun);
    if (existsSync('lib')) renameSync('lib', replaced);
    renameSync(made, 'lib');
  }
  for (const folder of [made, replaced]) rmSync(folder, { recursive: true, force: true });
  process.exitCode = status ?? 1;
}

if (!existsSync('node_modules')) {
  console.error('Run npm ci first: it fetches what the build needs.');
  process.exitCode = 1;
} else if (!isIfNeeded || !isCurrent()) {
  // People wait for something else.
  if (isIfNeeded) console.error('Building the connector ...');
  build();
}
