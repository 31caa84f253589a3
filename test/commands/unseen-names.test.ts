import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Simulator } from '../simulator';
import { catalogOf, configFor, run, writeFiles } from '../support/connector';

let simulator: Simulator;
let folder: string;
beforeAll(async () => {
  simulator = await Simulator.start();
  folder = mkdtempSync(join(tmpdir(), 'unseen-names-'));
});
afterAll(async () => {
  await simulator.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function saidBy(command: string, filters: object): Promise<string> {
  const config = { ...configFor(simulator), ...filters };
  const files = writeFiles(folder, { config, ...(command === 'read' && { catalog: catalogOf() }) });
  const { code, stdout, stderr } = await run([command, ...files], { cwd: folder });
  expect([command, code, stderr.includes('"ERROR"')]).toEqual([command, 0, false]);
  rmSync(join(folder, 'bitbucket.duckdb'), { force: true });
  const said = stdout.split('\n').filter((line) => !line.includes('"type":"RECORD"') && !line.includes('"type":"STATE"'));
  return `${said.join('\n')}\n${stderr}`.replaceAll(/\n +(?:→ )?/g, ' ');
}

const SEEN = ['check', 'doctor', 'plan', 'sync', 'read'] as const;
const times = (text: string, part: RegExp) => text.match(new RegExp(part, 'g'))?.length ?? 0;

describe.each(SEEN)('what the filters name and the account does not see is told once by %s', (command) => {
  it('of a repository, beside one that is there', async () => {
    const said = await saidBy(command, { repositories: ['PR/service', 'PR/servise', 'NOPE/api', 'PR/no*'] });
    expect(times(said, /the account does not see/)).toBe(1);
    expect(said).toMatch(
      /repositories names PR\/servise \(did you mean PR\/service\?\), NOPE\/api(?: \(did you mean [^)]*\))?, which the account does not see: misspelt, gone, or a permission is missing\. The others are read\./,
    );
  });

  it('of one that is to be left out', async () => {
    const said = await saidBy(command, { repositories: ['!PR/servise', '!*/nothing'] });
    expect(times(said, /repositories leaves out/)).toBe(1);
    expect(said).toContain(
      'repositories leaves out PR/servise (did you mean PR/service?), which the account does not see: if it is misspelt, what was meant is read.',
    );
  });

  it('of a project, beside one that is there', async () => {
    const said = await saidBy(command, { projects: ['PR', 'NOPE'] });
    expect(times(said, /NOPE/)).toBe(1);
    expect(said).toContain('projects names NOPE, which the account does not see: misspelt, or a permission is missing.');
  });

  it('and nothing where all are seen, whatever their case, or ruled out by another filter', async () => {
    expect(await saidBy(command, { repositories: ['pr/SERVICE', '!PR/service-*', 'PLAYG/*'] })).not.toContain('does not see');
    expect(await saidBy(command, { projects: ['PR'], repositories: ['PR/*', '!PLAYG/nothing'] })).not.toContain('does not see');
  });
});
