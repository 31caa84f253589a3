import type { Bitbucket } from '../../bitbucket/api/bitbucket';
import type { HookScope, WebhookDefinition } from '../../bitbucket/api/hooks';
import { isKind } from '../../bitbucket/errors';

/** Creates a webhook, or changes the one of that id. A server that does not know an event refuses the whole webhook and names it: it does without. */
export async function putHook(
  { webhooks }: Bitbucket,
  scope: HookScope,
  definition: WebhookDefinition,
  id?: number,
): Promise<void> {
  for (let events = definition.events; ;) {
    try {
      const body = { ...definition, events };
      return await (id === undefined ? webhooks.create(scope, body) : webhooks.update(scope, id, body));
    } catch (error) {
      const unknown = isKind(error, 'rejected') ? /event (\S+?) is unknown/.exec(error.message)?.[1] : undefined;
      if (unknown === undefined || !events.includes(unknown)) throw error;
      events = events.filter((event) => event !== unknown);
    }
  }
}
