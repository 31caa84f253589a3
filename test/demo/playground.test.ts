import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Simulator } from '../simulator';
import { configFor, EXECUTABLE } from '../support/connector';
import { TestTerminal } from '../support/screen';
import { change } from './changes';
import { EVENTS, exampleOf } from './events';
import { introduce, play } from './playground';
import { Printer } from './printer';

const SYNC = 'bin/main sync --config out/demo/config.json --database out/demo/bitbucket.duckdb';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await Simulator.start({ dataset: 'demo', seed: 7, clock: Date.now });
  change(simulator);
  // The data set is another each day; a push shows in open pull requests to its branch, of which this repository is to have none.
  const { id: repositoryId, pullRequests } = simulator.world
    .visibleRepositories()
    .find(({ project, slug }) => `${project.key}/${slug}` === 'WEB/gateway')!;
  for (const id of [...pullRequests.ids('OPEN')]) simulator.history.decline({ repositoryId, id });
});
afterEach(() => simulator.stop());

/** What a person sees on 80 columns. @throws where a line does not fit */
async function screen(print: (printer: Printer) => void, columns = 80): Promise<string[]> {
  const terminal = new TestTerminal(columns);
  print(new Printer(terminal.output));
  return (await terminal.lines()).slice(0, -1);
}
const answer = (line: string) => screen((printer) => play(simulator, line, SYNC, printer));

it('the introduction fits, its examples are on a line each, and its text is broken by the terminal alone', async () => {
  const lines = await screen((printer) => introduce(simulator, SYNC, printer));
  for (const call of ['approve', 'createPullRequest', 'renameRepository'])
    expect(lines).toContain(`  ${exampleOf(simulator, call).line}`);
  expect(lines.join('\n')).toContain('Type help to see all that can happen.');
  const told = lines.slice(lines.findIndex((line) => line.includes('What happens to a pull request')));
  // No line ends before its next word would not fit.
  for (const [index, line] of told.slice(0, -1).entries())
    expect(line.length + 1 + told[index + 1]!.trim().split(' ')[0]!.length).toBeGreaterThan(79);
});

it.each(['help', 'HELP', ' ? ', ''])('"%s" shows each event as it can be typed, and no error', async (line) => {
  const lines = await answer(line);
  for (const call of Object.keys(EVENTS)) expect(lines).toContain(`  ${exampleOf(simulator, call).line}`);
  expect(lines).toContain('      also "title":"Better","description":"Why","reviewers":["carol"]');
  expect(lines.join(' ')).not.toContain('not happen');
});

it.each(['explode', '{"call":"explode"}', '{"call":"merge"', 'x y'])(
  '%s is answered with a line that names help',
  async (line) => {
    const lines = await answer(line);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/type help/);
  },
);

it('the name of an event alone shows how it is written', async () => {
  expect(await answer('approve')).toEqual([
    '  approve is written as JSON on one line:',
    `  ${exampleOf(simulator, 'approve').line}`,
  ]);
});

it.each(Object.keys(EVENTS))(
  '%s without what it takes is answered with lines that fit, and an example on its own',
  async (call) => {
    const lines = await answer(JSON.stringify({ call }));
    expect(lines).toContain(`  ${exampleOf(simulator, call).line}`);
    expect(lines[0]).toMatch(/^ {2}That did not happen: argument 1 is /);
  },
);

it('what the server says against it is broken between words', async () => {
  const { pullRequests, slug, project } = simulator.world
    .visibleRepositories()
    .find((each) => each.pullRequests.ids('MERGED').length > 0)!;
  const pullRequest = `${project.key}/${slug}#${pullRequests.ids('MERGED')[0]}`;
  const [first] = await answer(JSON.stringify({ call: 'merge', arguments: [pullRequest] }));
  expect(first).toMatch(/That did not happen: Pull request \d+ is MERGED, not OPEN/);
});

describe('after what the next sync does not show', () => {
  /** A merged pull request that nothing moved since; one of another repository each time. */
  const mergedLongAgo = (project: string) => {
    const { pullRequests } = simulator.world
      .visibleRepositories()
      .find((each) => each.project.key === project && each.slug === 'gateway')!;
    const [oldest] = pullRequests
      .ids('MERGED')
      .map((id) => pullRequests.get(id)!)
      .sort((a, b) => a.closedDate! - b.closedDate!);
    return `${project}/gateway#${oldest!.id}`;
  };
  const written = (call: string, ...given: unknown[]) => JSON.stringify({ call, arguments: given });
  const unseen = [
    ['tag', () => written('tag', 'WEB/api', 'v10'), /It shows only in tags\./],
    ['commits', () => written('pushCommits', 'WEB/gateway', { commits: 2 }), /It shows only in branches and commits\./],
    ['a new branch', () => written('pushCommits', 'WEB/gateway', { branch: 'new' }), /It shows only in branches\./],
    ['an old comment', () => written('comment', mergedLongAgo('MOB'), { user: 'jane', text: 'ok' }), /more than 14 days ago/],
    ['an old approval', () => written('approve', mergedLongAgo('PAY'), 'airbyte'), /more than 14 days ago/],
    ['somebody deactivated who was', () => written('deactivateUser', 'dave'), /It was so before, or no stream has it/],
    [
      'another name of somebody whom no list has any more',
      () => written('renameUser', 'dave', { displayName: 'Dave E' }),
      /concerns only pull requests that were closed more than 14 days ago/,
    ],
    ['an old one deleted', () => written('deletePullRequest', mergedLongAgo('DATA')), /more than 14 days ago/],
  ] as const;

  it.each(unseen)('%s: the playground says so, and how to see it', async (_name, line, message) => {
    const lines = await answer(line());
    expect(lines[0]).toBe('  done');
    expect(lines.join(' ').replace(/ +/g, ' ')).toMatch(message);
    // The command is copied into a shell, which joins its lines.
    const command = lines.join('\n').replace(/ \\\n +/g, ' ');
    if (String(message).includes('shows')) expect(command).toContain(`    ${SYNC} --streams all`);
  });

  it('where the sync shows it, there is nothing to say', async () => {
    for (const call of Object.keys(EVENTS).filter((each) => each !== 'tag'))
      expect([call, await answer(exampleOf(simulator, call).line)]).toEqual([call, ['  done']]);
  });

  it('that is what a sync of the connector says', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'playground-'));
    try {
      writeFileSync(join(folder, 'config.json'), JSON.stringify(configFor(simulator)));
      const sync = async () => {
        const files = ['--config', join(folder, 'config.json'), '--database', join(folder, 'bitbucket.duckdb')];
        const { stdout, stderr } = await promisify(execFile)(EXECUTABLE, ['sync', ...files]);
        return stdout + stderr;
      };
      await sync();
      await sync();
      let hints = 0;
      for (const [, line] of [...unseen, ['seen', () => exampleOf(simulator, 'comment').line]] as const) {
        const typed = line();
        const hint = (await answer(typed)).length > 1;
        expect([typed, /Nothing has changed/.test(await sync())]).toEqual([typed, hint]);
        if (hint) hints += 1;
      }
      expect(hints).toBe(unseen.length);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 120_000);
});
