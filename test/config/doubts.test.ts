import { doubtsOf } from '../../src/config/doubts';
import { readSpec } from '../../src/config/spec';

const { connectionSpecification } = readSpec();
const day = (days: number) => new Date(Date.now() + days * 24 * 3600 * 1000).toISOString();

it('doubts a start date in the future, and fields that nobody knows', () => {
  expect(doubtsOf({ start_date: '2999-01-01', project: ['A'] }, connectionSpecification)).toEqual([
    expect.stringMatching(/^"project" .*did you mean "projects"\?$/),
    'start_date lies in the future (2999-01-01): no pull request, and no commit, is read until then. Was another year meant?',
  ]);
  expect(doubtsOf({ start_date: day(1) }, connectionSpecification)).toHaveLength(1);
});

it.each([
  ['https://git.example.com/projects/WEB', 'the page /projects/WEB', 'projects: ["WEB"]'],
  [
    'https://git.example.com/bitbucket/projects/WEB/repos/site/browse',
    'the page /projects/WEB/repos/site',
    'repositories: ["WEB/site"]',
  ],
])('asks at %s what is to be read', (address, page, filter) => {
  const sentence = `server_url names ${page}, and everything on the server is read. To read that alone, write ${filter}.`;
  expect(doubtsOf({ server_url: address }, connectionSpecification)).toEqual([sentence]);
  expect(doubtsOf({ server_url: address, projects: ['OPS'] }, connectionSpecification)).toEqual([]);
});

it.each([
  [{ server_url: 'https://git.example.com/projects' }],
  [{ server_url: 'https://git.example.com/bitbucket' }],
  [{}],
  [{ start_date: day(-1) }],
  [{ start_date: '2024-01-01' }],
  [{ start_date: 'soon' }],
  [null],
  ['text'],
])('has no doubt about %j', (raw) => {
  expect(doubtsOf(raw, connectionSpecification)).toEqual([]);
});
