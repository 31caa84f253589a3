import type { Facts } from '../facts';
import type { Filter } from '../filter';
import type { Section } from '../section';
import { cycleTime } from './cycle-time';
import { deployments } from './deployments';
import { repositories } from './repositories';
import { reviewLoad } from './review-load';
import { rounds } from './rounds';
import { sizeAndTime } from './size';
import { throughput } from './throughput';
import { waitingLongest } from './waiting';

const ALL = [cycleTime, waitingLongest, throughput, sizeAndTime, rounds, reviewLoad, repositories, deployments];

/** The parts of the page in their order. */
export function sections(facts: Facts, filter: Filter): readonly Section[] {
  return ALL.map((section) => section(facts, filter));
}
