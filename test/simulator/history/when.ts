import type { World } from '../world';

/** When an event happens: epoch milliseconds. @default the server's clock */
export interface When {
  readonly at?: number;
}

/** The time of an event. */
export const time = (world: World, when: When): number => when.at ?? world.now();
