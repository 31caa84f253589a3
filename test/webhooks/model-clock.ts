/** The clock of each inbox, by its folder: that of its own host or database, whichever host opens it. */
export const inboxClocks = new Map<string, () => number>();
