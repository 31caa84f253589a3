import type * as Package from 'axios';

/**
 * axios in its build without an adapter over `node:http`: ours takes its place, and what theirs loads (forms, types of files, redirects)
 * would be seventy files more for each command.
 */
// eslint-disable-next-line @typescript-eslint/no-require-imports -- the package has types for its main build alone
const { Axios, AxiosHeaders } = require('axios/dist/browser/axios.cjs') as typeof Package;

export { Axios, AxiosHeaders };
