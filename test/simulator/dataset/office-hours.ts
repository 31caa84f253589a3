import type { Random } from '../random';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** Around a median, with the long tail that waiting for people has; hours. */
export const waiting = (dice: Random, medianHours: number, spread = 1): number => {
  const normal = Math.sqrt(-2 * Math.log(1 - dice.next())) * Math.cos(2 * Math.PI * dice.next());
  return medianHours * Math.exp(spread * normal) * HOUR;
};

/** The next moment at which somebody works: Monday to Friday, seven to six, UTC. */
export const atWork = (dice: Random, at: number): number => {
  let moment = at;
  for (;;) {
    const date = new Date(moment);
    const [day, hour] = [date.getUTCDay(), date.getUTCHours()];
    if (day !== 0 && day !== 6 && hour >= 7 && hour < 18) return moment;
    const midnight = Math.floor(moment / DAY) * DAY;
    const tomorrow = day === 0 || day === 6 || hour >= 18 ? 1 : 0;
    moment = midnight + tomorrow * DAY + 7 * HOUR + Math.floor(dice.next() * 4 * HOUR);
  }
};
