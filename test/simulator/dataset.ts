import type { History } from './history';
import { companyLife } from './dataset/company';
import { fillLarge, type LargeDataset } from './dataset/large';
import { everydayLife, type LifeOptions } from './dataset/life';
import { oddities } from './dataset/oddities';
import { people } from './dataset/people';
import { random } from './random';
import type { World } from './world';

/** How much there is, of everyday life. */
export interface SizedDataset {
  readonly projects: number;
  readonly repositoriesPerProject: number;
  readonly pullRequestsPerRepository: number;
  /** @default 12 */
  readonly users?: number;
  /** Also everything odd that `tiny` has. @default false */
  readonly oddities?: boolean;
}

/** What is on the server at the start. */
export type Dataset =
  /** The account and nothing else. */
  | 'empty'
  /** One of everything odd, in a handful of repositories. */
  | 'tiny'
  /** What tiny has, and thirteen months of a small company: reviews, builds, releases, deployments. */
  | 'demo'
  | SizedDataset
  /** Made up on demand, however large. */
  | { readonly large: LargeDataset };

/** The account that the connector uses; always the first user. */
export const ACCOUNT = 'airbyte';

/** Replays the events of a data set that ends at `until`. */
export const fill = (world: World, history: History, dataset: Dataset, until: number): void => {
  const dice = random(world.seed);
  history.createUser({ name: ACCOUNT, displayName: 'Airbyte' });
  history.createUser({ name: 'bitbucket.system-user', displayName: 'System User', emailAddress: null, type: 'SERVICE' });
  if (dataset === 'empty') return;
  if (typeof dataset === 'object' && 'large' in dataset) {
    fillLarge(world, history, dataset.large, until);
    return;
  }
  const life: LifeOptions | undefined = typeof dataset === 'string' ? undefined : dataset;
  people(history, dice, typeof dataset === 'object' ? (dataset.users ?? 12) : 12);
  if (typeof dataset === 'string' || dataset.oddities === true) oddities(world, history, until);
  if (dataset === 'demo') companyLife(world, history, dice, until);
  if (life !== undefined) everydayLife(history, dice, life, until);
};
