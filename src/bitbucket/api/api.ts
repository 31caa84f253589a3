/** The REST API that is the same in all versions; below the base URL. */
export const API = '/rest/api/1.0';
