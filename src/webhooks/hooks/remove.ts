import { ConfigError } from '../../config/config';
import { shownUrl } from './hook-definition';
import { act, inAllPlaces, isOpen, type ManageOptions, placesThatBelong, sendingTo, urlsOf } from './manage';
import { nameOf } from './scopes';

/** Removes the webhooks that are ours, of projects and of repositories. @returns whether nothing failed */
export async function removeHooks(options: ManageOptions): Promise<boolean> {
  const { bitbucket, inbox, replaced, apply } = options;
  const urls = [...(await urlsOf(options)), ...replaced];
  if (urls.length === 0)
    throw new ConfigError(
      'Which webhooks are ours is not known: say where they send to, such as --url https://hooks.example.com/webhooks/bitbucket_data_center.',
    );
  return inAllPlaces(options, async (places, { at }) => {
    const belonging = placesThatBelong(places);
    for (const place of [...belonging, ...places.repositories.filter((each) => !belonging.includes(each))]) {
      if (!belonging.includes(place) && !(isOpen(place) && sendingTo(place.hooks, urls).length > 0)) continue;
      await at(place, async ({ scope, id: placeId, hooks }) => {
        let changes = 0;
        for (const hook of sendingTo(hooks, urls)) {
          changes += await act(options, `remove webhook ${hook.id} of ${nameOf(scope)} → ${shownUrl(hook.url)}`, () =>
            bitbucket.webhooks.delete(scope, hook.id),
          );
        }
        if (apply && changes > 0) await inbox?.updateScopes([placeId], (known) => ({ ...known, ensured: 0, hooks: [] }));
        return changes;
      });
    }
  });
}
