import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { difference, Log, reachable, reaches } from './git/commit-graph';
import { Git } from './git/git';
import type { Commit } from './model';
import { hash, random } from './random';

const AUTHOR = { name: 'A', emailAddress: 'a@example.com' };

/** Made up: merges, roots, and dates that may lie. */
const graph = (seed: number, size: number, lying: boolean, roots = 0.05): Commit[] => {
  const dice = random(seed);
  const commits: Commit[] = [];
  for (let index = 0; index < size; index += 1) {
    const count = index === 0 || dice.chance(roots) ? 0 : dice.chance(0.3) ? 2 : 1;
    const parents = new Set<Commit>();
    for (let each = 0; each < count; each += 1)
      parents.add(commits[Math.max(0, commits.length - 1 - Math.floor(dice.next() * dice.next() * 8))]!);
    const date = 1_600_000_000 + (lying ? dice.integer(0, 50) : Math.floor(index / 2)) * 60;
    commits.push({
      id: hash(seed, index),
      message: `Commit ${index}`,
      author: AUTHOR,
      authorDate: date * 1000,
      committer: AUTHOR,
      committerDate: date * 1000,
      parents: [...parents],
      generation: 1 + Math.max(0, ...[...parents].map(({ generation }) => generation)),
    });
  }
  return commits;
};

const hasGit = spawnSync('git', ['--version']).status === 0;

describe('the graph is walked as git walks it', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'graph-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const git = (args: readonly string[], input?: string): string =>
    execFileSync('git', ['-C', folder, ...args], { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });

  /** The same graph in a real repository; git's own names of the commits, and back. */
  const build = (commits: readonly Commit[]): Map<string, Commit> => {
    git(['init', '-q', '--bare', '.']);
    const lines: string[] = [];
    for (const [index, { message, committerDate, parents }] of commits.entries()) {
      lines.push(
        `commit refs/heads/c${index}`,
        `mark :${index + 1}`,
        `committer A <a@example.com> ${committerDate / 1000} +0000`,
      );
      lines.push(`data ${message.length}`, message);
      for (const [place, parent] of parents.entries())
        lines.push(`${place === 0 ? 'from' : 'merge'} :${commits.indexOf(parent) + 1}`);
      lines.push('');
    }
    git(['fast-import', '--quiet'], `${lines.join('\n')}\n`);
    const names = git(['for-each-ref', '--format=%(objectname) %(refname:short)']).trim().split('\n');
    return new Map(names.map((line) => [line.slice(0, 40), commits[Number(line.slice(42))]!]));
  };

  (hasGit ? test.each([1, 2, 3, 4, 5, 6]) : test.skip.each([1]))(
    'random graph %i: what is listed, and in which order',
    (seed) => {
      const lying = seed % 2 === 0;
      const commits = graph(seed, 60, lying);
      const names = build(commits);
      const dice = random(seed * 31);
      const said = (list: Iterable<Commit>): string[] => [...list].map(({ message }) => message);
      const listed = (...args: readonly string[]): (string | undefined)[] =>
        git(['rev-list', ...args])
          .split('\n')
          .filter((line) => line !== '')
          .map((id) => names.get(id)?.message);
      const own = new Git('main');
      commits.forEach((each) => own.add(each));
      for (let round = 0; round < 25; round += 1) {
        const [until, since] = [dice.integer(0, 59), dice.integer(0, 59)];
        const [tip, base] = [commits[until]!, commits[since]!];
        expect(said(own.log(tip).all())).toEqual(listed(`c${until}`));
        const below = new Set(listed(`c${since}`));
        expect(new Set(said(difference([tip], [base])))).toEqual(new Set(listed(`c${until}`).filter((each) => !below.has(each))));
        // Where dates lie, git itself may list some of what `since` reaches: its search ends by dates.
        if (!lying) expect(said(own.log(tip, base).all())).toEqual(listed(`c${until}`, `^c${since}`));
        expect(reaches(tip, base)).toBe(
          spawnSync('git', ['-C', folder, 'merge-base', '--is-ancestor', `c${since}`, `c${until}`]).status === 0,
        );
      }
    },
  );
});

test('a hundred thousand commits are listed page by page without being walked again', () => {
  const commits = graph(7, 100_000, false, 0);
  const tip = commits.at(-1)!;
  const own = new Git('main');
  own.setBranch('main', tip);
  const before = process.cpuUsage();
  for (let start = 0; start < 100_000; start += 1000) own.log(tip).first(start + 101);
  const increment = own.log(tip, commits.at(-200)).all();
  const { user, system } = process.cpuUsage(before);
  expect(increment.length).toBeGreaterThan(50);
  expect(own.log(tip).all()).toHaveLength(reachable([tip]).size);
  // In some 0.3 s; a walk for each page would take a minute.
  expect((user + system) / 1e6).toBeLessThan(5);
});

test('what a log was asked for is all that it walks', () => {
  const log = new Log([graph(3, 1000, false, 0).at(-1)!]);
  expect(log.first(10)).toHaveLength(10);
  expect(log.first(5)).toHaveLength(10);
});

test('names are resolved as git resolves them, ids only in full', () => {
  const [first, second] = graph(5, 2, false) as [Commit, Commit];
  const git = new Git('main');
  git.setBranch('main', second);
  git.setBranch('v1', second);
  git.setTag('v1', { commit: first, hash: 'f'.repeat(40) });
  const known = { 'refs/heads/v1': second, 'refs/tags/v1': first, 'heads/v1': second, 'tags/v1': first, v1: first, HEAD: second };
  for (const [name, commit] of Object.entries(known)) expect([name, git.resolve(name)]).toEqual([name, commit]);
  expect(git.resolve(first.id)).toBe(first);
  expect(git.resolve('f'.repeat(40))).toBe(first);
  for (const name of [first.id.slice(0, 12), 'refs/heads/v2', 'refs/v1', '', '0'.repeat(40)])
    expect(git.resolve(name)).toBeUndefined();
});
