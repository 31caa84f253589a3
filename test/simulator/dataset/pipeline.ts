import type { History } from '../history';
import type { Random } from '../random';
import type { PullRequestReference, World } from '../world';
import type { Happening } from './company';
import { atWork, DAY } from './office-hours';

const MINUTE = 60_000;

/** What Jenkins does for one repository: a build of every push, staging after every merge, a release every other week that goes to production. */
export class Pipeline {
  private number = 0;
  private release = 0;

  constructor(
    private readonly world: World,
    private readonly history: History,
    private readonly dice: Random,
    private readonly repository: number,
  ) {}

  /** The head of a pull request. */
  ofPullRequest(pullRequest: PullRequestReference, at: number): void {
    const { from, id } = this.world.pullRequest(pullRequest);
    this.build(from.commit, `PR-${id}`, `refs/heads/${from.name}`, at, this.dice.chance(0.14));
  }

  /** The tip of main after a merge; what has not ended at `until` still runs. */
  ofMain(at: number, until: number): void {
    const { id } = this.world.repository(this.repository).git.tip!;
    if (at + 20 * MINUTE > until) {
      this.history.build(this.repository, { commit: id, key: this.job('main'), state: 'INPROGRESS', at });
      return;
    }
    this.build(id, 'main', 'refs/heads/main', at, this.dice.chance(0.06));
    this.deploy(id, 'staging', at + 12 * MINUTE, 0.03);
  }

  /** Every other week: a tag, and its deployment. */
  releases(begin: number, until: number): Happening[] {
    const found: Happening[] = [];
    for (let at = begin + 10 * DAY; at < until; at += (10 + this.dice.integer(0, 8)) * DAY) {
      const when = atWork(this.dice, at);
      found.push({
        at: when,
        run: () => {
          this.release += 1;
          const version = `1.${this.release}.0`;
          const robot = { name: 'jenkins', emailAddress: 'jenkins@ci.example.com' };
          const [commit] = this.history.pushCommits(this.repository, {
            commits: [{ message: `Release ${version}`, author: robot }],
            at: when,
          });
          this.history.tag(this.repository, `v${version}`, { annotated: true });
          this.build(commit!, 'main', 'refs/heads/main', when, false);
          this.deploy(commit!, 'production', when + 25 * MINUTE, 0.08);
        },
      });
    }
    return found;
  }

  private build(commit: string, branch: string, ref: string, at: number, fails: boolean): void {
    this.number += 1;
    const duration = this.dice.integer(90, 900) * 1000;
    const failed = fails ? this.dice.integer(1, 9) : 0;
    this.history.build(this.repository, {
      ...{ commit, ref, duration, key: this.job(branch), name: `${this.job(branch)} #${this.number}` },
      ...{ number: String(this.number), parent: this.job(''), state: fails ? 'FAILED' : 'SUCCESSFUL' },
      description: fails ? `${failed} tests failed` : 'All tests passed',
      tests: { successful: this.dice.integer(300, 900), failed, skipped: this.dice.integer(0, 5) },
      at: at + duration,
    });
  }

  private deploy(commit: string, environment: string, at: number, failures: number): void {
    const state = this.dice.chance(failures) ? 'FAILED' : 'SUCCESSFUL';
    const said = {
      key: `deploy-${environment}`,
      name: `Deploy to ${environment}`,
      number: String(this.number),
      parent: this.job(''),
    };
    this.history.build(this.repository, { ...said, commit, state, duration: this.dice.integer(60, 400) * 1000, at });
  }

  private job(branch: string): string {
    const { project, slug } = this.world.repository(this.repository);
    return [`${project.key.toLowerCase()}-${slug}`, branch].filter((part) => part !== '').join(' » ');
  }
}
