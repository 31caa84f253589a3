import { type Inbox, SILENCE_MS } from '../inbox/inbox';

const HEARTBEAT_MS = 5000;
const PRUNE_MS = 10 * 60_000;

/** Who lives, and how it tells what went wrong. */
export interface HeartbeatOptions {
  readonly inbox: Inbox;
  /** This receiver, among several. */
  readonly receiver: string;
  readonly path: string;
  /** A clock that only goes forward, in milliseconds. */
  readonly monotonic: () => number;
  /** The host's clock, in epoch milliseconds: it goes on while the host sleeps. */
  readonly now: () => number;
  /** The receiver stood still, or could not tell that it lives: events may be missing. */
  readonly onGap: (cause: string) => void;
  readonly onError: (error: unknown) => void;
}

/** Shows readers that the receiver lives, and keeps the inbox within its limits. Resolves when that is known. @returns what ends it */
export async function startHeartbeat(options: HeartbeatOptions): Promise<() => Promise<void>> {
  const { inbox, receiver, path, monotonic, now, onGap, onError } = options;
  await inbox.begin(receiver, path);
  await inbox.prune();
  let last = { monotonic: monotonic(), now: now() };
  let running: Promise<void> = Promise.resolve();
  const beat = async () => {
    const silence = Math.max(monotonic() - last.monotonic, now() - last.now);
    if (silence > SILENCE_MS) onGap('a receiver stood still');
    await inbox.heartbeat(receiver, path);
    last = { monotonic: monotonic(), now: now() };
  };
  const inTurn = (work: () => Promise<void>) => void (running = running.then(work).catch(onError));
  const beats = setInterval(() => inTurn(beat), HEARTBEAT_MS);
  const pruning = setInterval(() => inTurn(() => inbox.prune()), PRUNE_MS);
  return async () => {
    clearInterval(beats);
    clearInterval(pruning);
    await running;
    await inbox.leave(receiver).catch(() => undefined);
  };
}
