/** How long denials of one address are counted before they are told again, in milliseconds. */
const QUIET_MS = 60_000;
/** Addresses that are remembered at most. */
const MOST_ADDRESSES = 1000;

interface Denials {
  readonly toldAt: number;
  readonly untold: number;
}

/** Keeps whoever has no token from filling the log: the first denial of an address is told at once, then once a minute how many there were. */
export class DenialLog {
  private readonly addresses = new Map<string, Denials>();

  /** Counts one. @returns how many there were since the last time that one was told; null: this one is not to be told */
  count(address: string, now: number): number | null {
    const known = this.addresses.get(address);
    if (known !== undefined && now - known.toldAt < QUIET_MS) {
      this.addresses.set(address, { ...known, untold: known.untold + 1 });
      return null;
    }
    this.addresses.delete(address);
    const [oldest] = this.addresses.keys();
    if (oldest !== undefined && this.addresses.size >= MOST_ADDRESSES) this.addresses.delete(oldest);
    this.addresses.set(address, { toldAt: now, untold: 0 });
    return 1 + (known?.untold ?? 0);
  }
}
