/** A request is answered with another status than 200. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    /** For the sender and the log: a whole sentence. */
    reason: string,
    readonly details: {
      readonly headers?: Readonly<Record<string, string>>;
      /** It may have been an event, which does not come again: readers must look for what it told. */
      readonly isGap?: boolean;
    } = {},
  ) {
    super(reason);
  }
}
