/** What this server turned out not to offer, remembered for the run. */
export interface ServerQuirks {
  refusesRawDiffs: boolean;
  hasDefaultBranchRoute: boolean;
}
