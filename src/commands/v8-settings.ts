import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Bytes of one half of V8's young generation, which has two: beyond that it saves no time that matters and costs its size twice. */
const YOUNG_BYTES = 12 * 1024 * 1024;
/** How often one looks how large it is, in milliseconds: twelve more megabytes do not outlive a collection in that time. */
const LOOK_MS = 100;

/**
 * Sets V8 for a sync, which runs the same few functions again and again, holds little, and lets much pass through. Node's defaults are for
 * programs that end soon or hold much; docs/performance.md has what each of these saves. A flag that V8 does not know makes it complain
 * on stderr.
 */
export function setV8ForSync(): void {
  // Collect garbage before it is as large again as what is held. A pace, not a ceiling.
  setFlagsFromString('--heap-growing-percent=30');
  // Collect the young generation on one thread: little of it survives, and several wait for each other more than they share.
  setFlagsFromString('--no-parallel-scavenge');
  // Compile functions after half as many calls as usual. From Node 22 on V8 counts otherwise.
  if (process.versions.v8.startsWith('11.')) setFlagsFromString('--interrupt-budget=33000');
  keepYoungGenerationSmall();
}

/**
 * V8 doubles the young generation, to 32 MB in Node 20, to 128 MB in Node 24 on a large machine, and its size can be given at the start of
 * the process alone. By which factor it grows can be told at any time: by the one that leads to the size that is wanted, then by none.
 */
function keepYoungGenerationSmall(): void {
  let told = NaN;
  const tell = () => {
    const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
    if (young === undefined) return;
    const factor = Math.max(1, Math.floor(YOUNG_BYTES / (young.space_used_size + young.space_available_size)));
    if (factor !== told) setFlagsFromString(`--semi-space-growth-factor=${factor}`);
    told = factor;
  };
  tell();
  setInterval(tell, LOOK_MS).unref();
}
