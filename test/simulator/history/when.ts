import type { World } from '../world';

/** When an event happens: epoch milliseconds. @default the server's clock */
export interface When {
  readonly at?: number;
}

/** The time of an event; servers keep whole milliseconds. */
export const time = (world: World, when: When): number => Math.floor(when.at ?? world.now());
