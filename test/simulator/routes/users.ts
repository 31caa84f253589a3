import { ok, refusals, type Answer } from '../answers';
import { page } from '../paging';
import type { Call } from '../routes';
import { expectUser } from './access';

const listed = ({ context, query }: Call) => {
  const filter = (query.get('filter') ?? '').toLowerCase();
  return context.world.users.filter(
    ({ active, type, name, displayName, emailAddress = '' }) =>
      active && type === 'NORMAL' && [name, displayName, emailAddress].some((text) => text.toLowerCase().includes(filter)),
  );
};

/** Active people; those who were deactivated are not listed. */
export const users = (call: Call): Answer => {
  expectUser(call);
  if (call.context.settings.usersListing === 'forbidden') throw refusals.notPermitted();
  return ok(page(listed(call), call.query, call.paging('users'), (user) => call.context.instance.user(user)));
};

/** The same with details, for those who may. */
export const adminUsers = (call: Call): Answer => {
  expectUser(call);
  if (call.context.settings.usersListing !== 'admin') throw refusals.notPermitted();
  return ok(page(listed(call), call.query, call.paging('users'), (user) => call.context.instance.detailedUser(user)));
};

/** By slug, not by name. Those who were deactivated are still shown here, deleted ones are not. */
export const user = (call: Call): Answer => {
  expectUser(call);
  if (call.context.settings.usersListing === 'forbidden') throw refusals.notPermitted();
  const slug = call.parameters[0] ?? '';
  const found = call.context.world.users.find((each) => each.slug === slug && !each.deleted);
  if (found === undefined) throw refusals.noSuchUser(slug);
  return ok(call.context.instance.user(found));
};
