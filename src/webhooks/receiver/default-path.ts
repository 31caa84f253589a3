/** The path that webhooks send to, unless it is configured otherwise. */
export const DEFAULT_PATH = '/webhooks/bitbucket_data_center';
