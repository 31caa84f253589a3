import { redactor } from '../../bitbucket/transport/redact';
import { type Config, ConfigError, passwordsInUrl } from '../../config/config';
import { isPostgresUrl } from '../../config/place';
import type { Inbox } from './inbox';
import { openInbox } from './open-inbox';

/** Opens the inbox that the configuration names; null: it names none. @throws ConfigError that repeats nothing of the place */
export async function openConfiguredInbox({ webhookInbox }: Config, now: () => number): Promise<Inbox | null> {
  if (webhookInbox === null) return null;
  try {
    return await openInbox(webhookInbox, { now });
  } catch (error) {
    const what = isPostgresUrl(webhookInbox) ? 'the database that it names' : 'the folder that it names';
    const why = redactor(passwordsInUrl(webhookInbox))(error instanceof Error ? error.message : String(error));
    throw new ConfigError(`webhook_inbox cannot be used: ${what} cannot be opened (${why}).`);
  }
}
