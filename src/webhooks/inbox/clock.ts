import type { Query } from '../../database/sql';

/** The inbox's own clock: whoever uses the inbox goes by it, so that no two clocks are compared. In epoch milliseconds. */
export type InboxClock = (query: Query) => Promise<number>;

/** The database's clock, whichever host asks. */
export const postgresClock: InboxClock = async (query) => {
  const [row] = await query('SELECT CAST(FLOOR(EXTRACT(EPOCH FROM clock_timestamp()) * 1000) AS BIGINT) AS now');
  return Number(row?.now);
};

/** That of the host with the folder, on which all who use the inbox run. */
export function hostClock(now: () => number): InboxClock {
  return () => Promise.resolve(now());
}
