/** A value that goes into a statement. */
export type SqlValue = string | number | null;
export type SqlRow = Readonly<Record<string, unknown>>;

/** Runs one statement; parameters are `$1`, `$2`, … */
export type Query = (statement: string, parameters?: readonly SqlValue[]) => Promise<readonly SqlRow[]>;

/** What is needed of a database by those who keep something in it; what differs between the two is here and nowhere else. */
export interface Sql {
  /** Runs `work` in a transaction that is durable once this resolves, and that no other writer overlaps; rolled back where it throws. */
  write<T>(work: (query: Query) => Promise<T>): Promise<T>;
  /** Runs `work` on the state of one moment. */
  read<T>(work: (query: Query) => Promise<T>): Promise<T>;
  /**
   * Text for FROM that turns the parameter `$n`, a JSON array of objects, into rows.
   * @param columns name and SQL type of each field
   */
  rowsOf(parameter: string, columns: Readonly<Record<string, 'text' | 'bigint'>>): string;
  close(): Promise<void>;
}
