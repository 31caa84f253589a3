import { Simulator } from '../simulator';
import { TestTerminal } from '../support/screen';
import { change } from './changes';
import { EVENTS, exampleOf } from './events';
import { introduce, play } from './playground';
import { Printer } from './printer';

const SYNC = 'bin/main sync --config out/demo/config.json --database out/demo/bitbucket.duckdb';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await Simulator.start({ dataset: 'demo', seed: 7, clock: Date.now });
  change(simulator);
});
afterAll(() => simulator.stop());

/** What a person sees on 80 columns. @throws where a line does not fit */
async function screen(print: (printer: Printer) => void, columns = 80): Promise<string[]> {
  const terminal = new TestTerminal(columns);
  print(new Printer(terminal.output));
  return (await terminal.lines()).slice(0, -1);
}
const answer = (line: string) => screen((printer) => play(simulator, line, printer));

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
