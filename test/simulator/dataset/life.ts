import type { History } from '../history';
import type { Random } from '../random';
import type { PullRequestReference } from '../world';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export interface LifeOptions {
  readonly projects: number;
  readonly repositoriesPerProject: number;
  readonly pullRequestsPerRepository: number;
}

export const PROJECTS = [
  ['WEB', 'Web shop'],
  ['PAY', 'Payments'],
  ['DATA', 'Data platform'],
  ['MOB', 'Mobile apps'],
  ['OPS', 'Operations'],
  ['SEC', 'Security'],
] as const;
export const REPOSITORIES = ['frontend', 'backend', 'gateway', 'ledger', 'pipeline', 'infrastructure', 'search', 'docs'] as const;
export const TITLES = [
  'Retry failed payments',
  'Speed up the search index',
  'Upgrade to Node 24',
  'Fix the flaky checkout test',
  'Remove the old login',
  'Add metrics to the gateway',
  'Cache exchange rates',
  'Make the importer resumable',
] as const;
export const REMARKS = [
  'Nice!',
  'Could we have a test for this?',
  'Please rename this.',
  'I would split this function.',
  'Does this work with an empty list?',
  'Agreed.',
  'See the design page.',
] as const;

/** Everyday life of a company: pull requests opened, discussed, pushed to, approved, merged or forgotten, in the order of time. */
export const everydayLife = (history: History, dice: Random, options: LifeOptions, until: number): void => {
  const names = [...Array.from({ length: 3 }, (_, index) => ['jane', "Bob.O'Neil", 'carol'][index]!)];
  const happenings: { at: number; run: () => void }[] = [];
  for (let project = 0; project < options.projects; project += 1) {
    const [base, name] = PROJECTS[project % PROJECTS.length]!;
    const key = project < PROJECTS.length ? base : `${base}${Math.floor(project / PROJECTS.length)}`;
    history.createProject({
      key,
      name: project < PROJECTS.length ? name : `${name} ${project}`,
      description: `Everything about ${name.toLowerCase()}`,
    });
    for (let repository = 0; repository < options.repositoriesPerProject; repository += 1) {
      const slug =
        repository < REPOSITORIES.length
          ? REPOSITORIES[repository]!
          : `${REPOSITORIES[repository % REPOSITORIES.length]!}-${repository}`;
      const id = history.createRepository(key, { slug, description: `${name}: ${slug}`, at: until - 200 * DAY });
      for (let each = 0; each < options.pullRequestsPerRepository; each += 1)
        happenings.push(...lifecycle(history, dice, id, names, until));
    }
  }
  happenings.sort((a, b) => a.at - b.at);
  for (const { run } of happenings) run();
};

/** What happens to one pull request. */
const lifecycle = (
  history: History,
  dice: Random,
  repository: number,
  names: readonly string[],
  until: number,
): { at: number; run: () => void }[] => {
  const [author, first, second] = shuffled(dice, names);
  let at = until - Math.floor(dice.next() * dice.next() * 180 * DAY) - 4 * HOUR;
  let made: PullRequestReference | undefined;
  let discussed: number | undefined;
  const steps: { at: number; run: () => void }[] = [];
  const step = (run: (pullRequest: PullRequestReference, at: number) => void): void => {
    at += Math.floor(dice.next() * 6 * HOUR) + 60_000;
    if (at >= until) return;
    const when = at;
    steps.push({ at: when, run: () => made !== undefined && run(made, when) });
  };
  const title = dice.pick(TITLES);
  const opened = at;
  const description = dice.chance(0.7) ? `${title}, as discussed.` : '';
  steps.push({
    at,
    run: () => {
      made = history.createPullRequest(repository, {
        author: author!,
        title,
        description,
        reviewers: [first!],
        at: opened,
        commits: 2,
      });
    },
  });
  for (let remarks = dice.integer(0, 4); remarks > 0; remarks -= 1) {
    const text = dice.pick(REMARKS);
    const kind = dice.next();
    step((pullRequest, when) => {
      if (kind < 0.4) discussed = history.inlineComment(pullRequest, { user: first!, text, line: 12, at: when });
      else if (kind < 0.6 && discussed !== undefined) history.reply(pullRequest, discussed, { user: author!, text, at: when });
      else history.comment(pullRequest, { user: second!, text, at: when });
    });
  }
  if (dice.chance(0.3)) step((pullRequest, when) => history.needsWork(pullRequest, first!, { at: when }));
  if (dice.chance(0.4)) step((pullRequest, when) => history.push(pullRequest, { at: when }));
  if (dice.chance(0.25)) step((pullRequest, when) => history.addTask(pullRequest, { user: first!, at: when }));
  if (dice.chance(0.85)) step((pullRequest, when) => history.approve(pullRequest, first!, { at: when }));
  const end = dice.next();
  if (end < 0.75) step((pullRequest, when) => history.merge(pullRequest, { user: author!, at: when }));
  else if (end < 0.87) step((pullRequest, when) => history.decline(pullRequest, { at: when }));
  return steps;
};

const shuffled = (dice: Random, list: readonly string[]): string[] => {
  const copy = [...list];
  for (let index = copy.length - 1; index > 0; index -= 1) {
    const other = dice.integer(0, index);
    [copy[index], copy[other]] = [copy[other]!, copy[index]!];
  }
  return copy;
};
