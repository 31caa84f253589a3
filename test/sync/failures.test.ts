import { type Failure, summarise } from '../../src/sync/failures';
import { BitbucketError } from '../../src/bitbucket/errors';

const failure = (item: string, kind: Failure['kind']): Failure => ({
  ...{ stream: 'pull_request_activities', item, kind, before: 0, count: () => undefined },
  error: new BitbucketError('forbidden', `GET … of ${item}: the answer was 403`),
});
const lists = (repository: string) => failure(`repository ${repository}`, 'repository');
const one = (repository: string) => failure(`pull request 12 of ${repository}`, 'item');

describe('what could not be read is told with a way to go on without it', () => {
  it('that names the repository which the sentence is about', () => {
    expect(summarise([lists('DATA/backend')])).toBe(
      'repository DATA/backend could not be read: GET … of repository DATA/backend: the answer was 403. What is missing is read first in the next sync. To go on without, leave it out (repositories: "!DATA/backend"), or set fail_on_unreadable to false.',
    );
  });

  it('that names it also where something else failed before it, against which it does not help', () => {
    const said = summarise([one('MOB/gateway'), lists('DATA/backend'), one('PAY/app')]);
    expect(said).toMatch(/^repository DATA\/backend could not be read, and 2 more: GET … of repository DATA\/backend: /);
    expect(said).toContain('To go on without DATA/backend, leave it out (repositories: "!DATA/backend"), or set');
  });

  it('that names each of several', () => {
    expect(summarise([lists('A/b'), lists('C/d'), lists('A/b')])).toContain(
      'To go on without, leave them out (repositories: "!A/b", "!C/d"), or set fail_on_unreadable to false.',
    );
    const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((slug) => lists(`A/${slug}`));
    expect(summarise([...many, one('C/d')])).toContain(
      'To go on without these repositories, leave them out (repositories: "!A/a", "!A/b", "!A/c", "!A/d", "!A/e" and so on), or set',
    );
  });

  it('and how many they are, of which one can fail twice', () => {
    expect(summarise([lists('A/b'), lists('A/b')])).toContain('repository A/b could not be read: GET');
    expect(summarise([lists('A/b'), lists('C/d'), lists('A/b')])).toContain('repository A/b could not be read, and 1 more: GET');
  });

  it('that names none where single things failed: these fail few syncs', () => {
    expect(summarise([one('MOB/gateway'), one('PAY/app')])).toBe(
      'pull request 12 of MOB/gateway could not be read, and 1 more: GET … of pull request 12 of MOB/gateway: the answer was 403. What is missing is read first in the next sync.',
    );
    expect(summarise([failure('the repositories of a project', 'repository')])).toMatch(
      /next sync\. To go on without, set fail_on_unreadable to false\.$/,
    );
  });
});
