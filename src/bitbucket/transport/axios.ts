import type * as Package from 'axios';

/** What Node makes only when somebody looks: a second HTTP client comes with it, which takes 20 ms and 4 MB. */
const MADE_WHEN_SEEN = ['FormData', 'Headers', 'ReadableStream', 'Request', 'Response'] as const;

/**
 * axios in its build without an adapter over `node:http`: ours takes its place, and what theirs loads (forms, types of files, redirects)
 * would be seventy files more for each command. While it is loaded it looks for what its adapter over `fetch` needs, which is not used here.
 */
const { Axios, AxiosHeaders } = withoutGlobals(
  MADE_WHEN_SEEN,
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the package has types for its main build alone
  () => require('axios/dist/browser/axios.cjs') as typeof Package,
);

export { Axios, AxiosHeaders };

/** What this gives while there are no such globals; nothing else runs meanwhile. */
function withoutGlobals<T>(names: readonly string[], load: () => T): T {
  const hidden = names.map((name) => ({ name, was: Object.getOwnPropertyDescriptor(globalThis, name) }));
  try {
    for (const { name, was } of hidden)
      if (was !== undefined) Reflect.defineProperty(globalThis, name, { value: undefined, configurable: true, writable: true });
    return load();
  } finally {
    for (const { name, was } of hidden) if (was !== undefined) Reflect.defineProperty(globalThis, name, was);
  }
}
