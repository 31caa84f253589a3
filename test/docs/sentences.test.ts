import { readFileSync } from 'node:fs';
import { streams } from '../../src/streams';

const PAGE = readFileSync('docs/integrations/sources/bitbucket-data-center.md', 'utf8');
const TROUBLESHOOTING = readFileSync('docs/troubleshooting.md', 'utf8');

it('the connector’s page says how many streams of pull requests are read together', () => {
  const count = streams.filter((stream) => stream.kind === 'item').length;
  const word = ['no', 'one', 'two', 'three', 'four', 'five'][count];
  expect(PAGE).toContain(`for all ${String(word)} pull-request streams together`);
});

it('no page promises a command to try by hand for what no command shows', () => {
  expect(PAGE).toContain('and, where a request failed, a command to try by hand.');
  expect(TROUBLESHOOTING).toMatch(/gives a command to\s+try by hand where one shows more\./);
});
