import type { History } from '../history';

const YEAR_0 = Date.UTC(2000, 0, 1) - 730_485 * 86_400_000;
const YEAR_12000 = Date.UTC(12_000, 5, 1);

/** Names that trip whoever builds a URL or a pattern. */
export const ODD_NAMES = [
  'feature/with/slashes',
  'hash#mark',
  'percent%41',
  'plus+plus',
  'and&equals=',
  '~tilde',
  'ümläut/日本語',
  'quote\'and"quotes',
  'release-1.0',
] as const;

/** One of everything odd that commits, branches and tags were seen with, in a repository that has a default branch and nothing else. */
export const oddHistory = (history: History, repository: number, at: (minutes?: number) => number): void => {
  const stranger = { name: 'Some Body', emailAddress: 'somebody@elsewhere.example' };
  const start = at();
  history.pushCommits(repository, {
    at: start,
    commits: [
      { message: 'Begin', author: 'jane' },
      { message: '', author: stranger },
      { message: 'NUL \0 and half of a pair \ud83d', author: 'carol' },
      { message: 'SHOP-12 and SHOP-7: taxes', author: 'jane', issueKeys: ['SHOP-12', 'SHOP-7'] },
      { message: 'Long before there was git', author: stranger, authorDate: YEAR_0, committerDate: YEAR_0 },
      { message: 'By a clock that is ahead', author: "Bob.O'Neil", committerDate: YEAR_12000 },
      { message: 'Before its parent', author: 'dave', committerDate: start - 400 * 86_400_000 },
      {
        message: 'Applied for somebody else\n\nWith a body',
        author: stranger,
        committer: 'jane',
        authorDate: start - 86_400_000,
      },
    ],
  });
  for (const [index, name] of ODD_NAMES.entries())
    history.pushCommits(repository, { branch: name, commits: 1 + (index % 2), user: 'jane', at: at() });
  history.mergeBranch(repository, 'plus+plus', 'main', { user: 'jane', at: at() });
  history.mergeBranch(repository, '~tilde', 'main', { user: 'jane', at: at(), strategy: 'squash' });
  history.rebaseBranch(repository, 'hash#mark', 'main', { user: 'jane', at: at() });
  history.createBranch(repository, 'same-as-main', { at: at() });
  history.tag(repository, 'v1', { annotated: true });
  history.tag(repository, 'v1-light');
  history.tag(repository, 'special-"$;><&#_=@!|.,/test', { at: 'refs/heads/~tilde', annotated: true });
  history.tag(repository, 'release/1.0+build%20', { at: 'refs/heads/plus+plus' });
  oddBuilds(history, repository, at);
  history.tag(repository, 'ümläut', { at: 'refs/heads/hash#mark', annotated: true });
};

/** Builds as CI servers report them: jobs of a multibranch pipeline, a matrix, one that runs, one that was run again, one without a name. */
const oddBuilds = (history: History, repository: number, at: (minutes?: number) => number): void => {
  const job = { key: 'service » main', name: 'service » main #12', number: '12', ref: 'refs/heads/main', parent: 'service' };
  const tests = { successful: 412, failed: 1, skipped: 3 };
  history.build(repository, { ...job, state: 'INPROGRESS', at: at() });
  history.build(repository, { ...job, state: 'FAILED', duration: 301_000, tests, at: at() });
  history.build(repository, { ...job, number: '13', name: 'service » main #13', duration: 288_000, at: at() });
  for (const [index, axis] of ['jdk=11,os=linux', 'jdk=21,os=linux', 'jdk=21,os=windows'].entries())
    history.build(repository, { key: `matrix/${axis}`, state: index === 2 ? 'UNKNOWN' : 'SUCCESSFUL', at: at() });
  history.build(repository, {
    key: 'nightly',
    name: null,
    state: 'INPROGRESS',
    description: 'Waiting for an executor',
    at: at(),
  });
  history.build(repository, { key: 'deploy-production', name: 'Deploy to production', state: 'CANCELLED', at: at() });
  history.build(repository, { commit: 'refs/heads/~tilde', key: 'service » tilde', state: 'FAILED', at: at() });
};
