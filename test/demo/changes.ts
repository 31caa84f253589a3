import type { PullRequestReference, Simulator } from '../simulator';

const DAY = 86_400_000;

/** What was done to the server, in the order in which it was done, each as a sentence. */
export function change(simulator: Simulator): string[] {
  const { history } = simulator;
  const open = pullRequests(simulator, 'OPEN');
  const merging = must(open.find((each) => open.filter((other) => other.repositoryId === each.repositoryId).length === 1));
  const [approving, deleting] = open
    .filter((each) => each !== merging && each.title.length > 0)
    .sort((a, b) => a.updatedDate - b.updatedDate);
  const commenting = must(
    pullRequests(simulator, 'MERGED').find(
      (each) => each.updatedDate > Date.now() - 10 * DAY && each.updatedDate < Date.now() - DAY,
    ),
  );
  const reviewer = (each: Listed) => must(['carol', 'jane'].find((name) => name !== each.author));

  history.approve(must(approving), reviewer(must(approving)));
  history.comment(commenting, { user: reviewer(commenting), text: 'Seen in production: works.' });
  history.merge(merging);
  history.deletePullRequest(must(deleting));
  history.createPullRequest('WEB/frontend', { author: 'jane', title: 'Say what changed', reviewers: ['carol'] });
  history.renameRepository('WEB/backend', { slug: 'api', name: 'api' });
  return [
    `${reviewer(must(approving))} approved ${must(approving).label}, last updated ${days(must(approving))} ago: that does not move its updatedDate`,
    `${reviewer(commenting)} commented on ${commenting.label}, merged ${days(commenting)} ago: nor does that`,
    `${merging.label} was merged`,
    `${must(deleting).label} was deleted`,
    'jane opened a pull request in WEB/frontend',
    'WEB/backend was renamed to WEB/api',
  ];
}

interface Listed extends PullRequestReference {
  readonly label: string;
  readonly title: string;
  readonly author: string;
  readonly updatedDate: number;
}

/** Whether a project is one as companies have them, and not an odd one. */
export function isEverydayLife(key: string): boolean {
  return ['WEB', 'PAY', 'DATA', 'MOB'].includes(key);
}

function pullRequests({ world }: Simulator, state: 'OPEN' | 'MERGED'): Listed[] {
  return world
    .visibleRepositories()
    .filter(({ project }) => isEverydayLife(project.key))
    .flatMap((repository) =>
      repository.pullRequests.ids(state).map((id) => {
        const { title, author, updatedDate } = must(repository.pullRequests.get(id));
        return {
          repositoryId: repository.id,
          id,
          label: `${repository.project.key}/${repository.slug} #${id}`,
          title,
          author: author.name,
          updatedDate,
        };
      }),
    );
}

function days({ updatedDate }: Listed): string {
  const count = Math.floor((Date.now() - updatedDate) / DAY);
  return `${count} ${count === 1 ? 'day' : 'days'}`;
}

export function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The demo needs another data set: what it wants to change is not there.');
  return value;
}
