import { ordinaryFiles } from '../diffs/files';
import type { History } from '../history';
import type { Random } from '../random';
import type { PullRequestReference, World } from '../world';
import { Pipeline } from './pipeline';
import { atWork, DAY, waiting } from './office-hours';
import { PROJECTS, REMARKS, REPOSITORIES, TITLES } from './life';

/** Something that happens, and when. */
export interface Happening {
  readonly at: number;
  readonly run: () => void;
}

const MONTHS = 13;
const REPOSITORIES_EACH = 3;
const PULL_REQUESTS_EACH = 24;

/** Thirteen months of a company with four projects: reviews within hours and some within weeks, builds of every push, releases, deployments; some wait for a review now. */
export const companyLife = (world: World, history: History, dice: Random, until: number): void => {
  const team = world.users
    .filter(({ type, active, name }) => type === 'NORMAL' && active && name !== 'airbyte')
    .map(({ name }) => name);
  const happenings: Happening[] = [];
  const begin = until - MONTHS * 30 * DAY;
  for (const [index, [key, name]] of PROJECTS.slice(0, 4).entries()) {
    history.createProject({ key, name, description: `Everything about ${name.toLowerCase()}` });
    for (const slug of REPOSITORIES.slice(0, REPOSITORIES_EACH)) {
      const repository = history.createRepository(key, { slug, description: `${name}: ${slug}`, at: begin });
      const pipeline = new Pipeline(world, history, dice, repository);
      happenings.push(...pipeline.releases(begin, until));
      for (let each = 0; each < PULL_REQUESTS_EACH; each += 1) {
        // One for each part of the year, and the last ones within the last days.
        const part = (until - begin - 2 * DAY) / PULL_REQUESTS_EACH;
        const late = PULL_REQUESTS_EACH - each;
        const opened =
          late <= 2 ? until - (late * 1.6 + index * 0.4 + dice.next()) * DAY : begin + DAY + (each + dice.next()) * part;
        happenings.push(...life(world, history, dice, { repository, pipeline, team, key, opened, until }));
      }
    }
  }
  happenings.sort((a, b) => a.at - b.at);
  for (const { at, run } of happenings) if (at < until) run();
};

interface Setting {
  readonly repository: number;
  readonly pipeline: Pipeline;
  readonly team: readonly string[];
  readonly key: string;
  readonly opened: number;
  readonly until: number;
}

/** One pull request, from its first commit to its end. */
const life = (
  world: World,
  history: History,
  dice: Random,
  { repository, pipeline, team, key, opened, until }: Setting,
): Happening[] => {
  const [author, first, second] = different(dice, team);
  const size = 1 + Math.floor(dice.next() * dice.next() * 6);
  const steps: Happening[] = [];
  let at = atWork(dice, opened);
  let made: PullRequestReference | undefined;
  let discussed: number | undefined;
  const step = (run: (pullRequest: PullRequestReference, at: number) => void): void => {
    const when = at;
    steps.push({ at: when, run: () => made !== undefined && run(made, when) });
  };
  const later = (medianHours: number, spread?: number): void => {
    at = atWork(dice, at + 60_000 + waiting(dice, medianHours, spread));
  };
  const title = dice.pick(TITLES);
  const issue = `${key}-${dice.integer(100, 999)}`;
  const files = Array.from({ length: size }, (_, index) => ordinaryFiles(world.seed, `${repository}/${opened}/${index}`)).flat();
  const created = at;
  const branch = `feature/${issue}-${title.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-${dice.integer(1, 9999)}`;
  steps.push({
    at,
    run: () => {
      const commits = Array.from({ length: 1 + (size % 3) }, (_, part) => ({
        message: `${issue}: ${title}${part === 0 ? '' : ` (${part + 1})`}`,
        author: author!,
        issueKeys: [issue],
      }));
      const description = dice.chance(0.7) ? `${title}, as discussed in ${issue}.` : '';
      made = history.createPullRequest(repository, {
        ...{
          author: author!,
          title: `${issue} ${title}`,
          description,
          reviewers: [first!, second!],
          files,
          from: branch,
          commits,
          at: created,
        },
      });
      pipeline.ofPullRequest(made, created);
    },
  });
  later(2.5 * size ** 0.6, 1.1);
  for (let round = Math.min(3, Math.floor(dice.next() * dice.next() * 5)); round > 0; round -= 1) {
    for (let remarks = dice.integer(1, 3); remarks > 0; remarks -= 1) {
      const text = dice.pick(REMARKS);
      step((pullRequest, when) => {
        discussed = history.inlineComment(pullRequest, { user: first!, text, at: when });
      });
      at += dice.integer(2, 15) * 60_000;
    }
    if (dice.chance(0.4)) step((pullRequest, when) => history.needsWork(pullRequest, first!, { at: when }));
    if (dice.chance(0.2)) step((pullRequest, when) => history.addTask(pullRequest, { user: first!, at: when }));
    later(4);
    step((pullRequest, when) => {
      if (discussed !== undefined) history.reply(pullRequest, discussed, { user: author!, text: 'Done.', at: when });
      const message = `${issue}: as reviewed`;
      history.push(pullRequest, { at: when, commits: [{ message, author: author!, issueKeys: [issue] }] });
      pipeline.ofPullRequest(pullRequest, when);
    });
    later(3);
  }
  // Some are forgotten, and some of the latest still wait for somebody.
  if (dice.chance(0.03)) return steps;
  step((pullRequest, when) => history.approve(pullRequest, first!, { at: when }));
  if (dice.chance(0.35)) {
    later(1.5);
    step((pullRequest, when) => history.approve(pullRequest, second!, { at: when }));
  }
  later(1.5, 1.2);
  if (dice.chance(0.07)) step((pullRequest, when) => history.decline(pullRequest, { at: when }));
  else {
    const tidy = dice.chance(0.7);
    const strategy = dice.chance(0.2) ? 'squash' : 'merge';
    step((pullRequest, when) => {
      history.merge(pullRequest, { user: author!, at: when, strategy, deleteSource: tidy });
      pipeline.ofMain(when, until);
    });
  }
  return steps.filter((each) => each.at < until);
};

const different = (dice: Random, list: readonly string[]): string[] => {
  const left = [...list];
  return Array.from({ length: 3 }, () => left.splice(dice.integer(0, left.length - 1), 1)[0]!);
};
