import type { User } from '../model';
import type { UserReference, World } from '../world';

export interface NewUser {
  readonly name: string;
  readonly displayName?: string;
  /** null: Bitbucket knows none, or hides it. */
  readonly emailAddress?: string | null;
  readonly slug?: string;
  readonly type?: User['type'];
}

/** Events of people. None of them dates anything: only the documents that show the person change. */
export const people = (world: World) => ({
  createUser({
    name,
    displayName = name,
    emailAddress = `${name}@example.com`,
    slug = slugOf(name),
    type = 'NORMAL',
  }: NewUser): number {
    const user: User = { id: world.nextId('user'), name, slug, displayName, active: true, deleted: false, type };
    if (emailAddress !== null && type === 'NORMAL') user.emailAddress = emailAddress;
    world.users.push(user);
    world.changed();
    return user.id;
  },

  /** The display name; or the name too, and with it the slug. */
  renameUser(user: UserReference, to: { readonly displayName?: string; readonly name?: string; readonly slug?: string }): void {
    const found = world.user(user);
    if (to.displayName !== undefined) found.displayName = to.displayName;
    if (to.name !== undefined) found.name = to.name;
    if (to.slug !== undefined || to.name !== undefined) found.slug = to.slug ?? slugOf(to.name ?? found.name);
    world.changed();
  },

  /** No longer listed; its own address and the documents it appears in say `active: false`. */
  deactivateUser(user: UserReference): void {
    world.user(user).active = false;
    world.changed();
  },

  reactivateUser(user: UserReference): void {
    const found = world.user(user);
    found.active = true;
    found.deleted = false;
    world.changed();
  },

  /** No longer listed, 404 at its own address; the documents it appears in go on showing it, inactive. */
  deleteUser(user: UserReference): void {
    const found = world.user(user);
    found.active = false;
    found.deleted = true;
    world.changed();
  },
});

/** The slug is not the name: lower case, and everything unusual becomes an underscore. */
const slugOf = (name: string): string => name.toLowerCase().replace(/[^a-z0-9._-]/g, '_');
