import { isJson, type Json } from '../config/json';

/** Levels of replies to a comment that stay as they are; what is deeper hangs on the reply of this level. */
const REPLY_LEVELS = 40;
/** Levels below which everything has room for its own parts, and the message as a whole stays below a hundred. */
const LEVELS = 96;
/** A document with more levels than this may hold replies that are too deep: each reply takes two, its list and itself. */
const SUSPICIOUS_LEVELS = 2 * (REPLY_LEVELS + 1) + 1;
/** What opens a level. */
const BRACKETS = ['{', '['];

/**
 * Whether a value that is printed so may nest too deeply, by the brackets in its text: usual records have few, and to count these costs
 * less than to walk through all that they hold.
 */
export function mayBeTooDeep(json: string): boolean {
  let levels = 0;
  for (const bracket of BRACKETS)
    for (let at = json.indexOf(bracket); at >= 0; at = json.indexOf(bracket, at + 1))
      if (++levels > SUSPICIOUS_LEVELS) return true;
  return false;
}

/** Whether lists and objects are nested so deeply that {@link shallower} has something to do. Looks no further than that. */
export function isTooDeep(value: object): boolean {
  return isDeeperThan(value, SUSPICIOUS_LEVELS);
}

/**
 * The document with at most 96 levels: deep replies hang on the fortieth, whatever else lies deeper is null. What has to be changed is copied;
 * where nothing has, it is the value itself.
 */
export function shallower(value: object): unknown {
  return cut(withRepliesHung(value, 0), LEVELS);
}

/** Lists go by their members, for by their keys each index would become a text. */
function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) {
    for (const member of value as unknown[]) if (isDeeperThan(member, levels - 1)) return true;
    return false;
  }
  for (const key in value) if (isDeeperThan((value as Json)[key], levels - 1)) return true;
  return false;
}

function withRepliesHung(value: object, level: number): object {
  const replies = repliesTo(value);
  if (replies.length === 0) return value;
  if (level < REPLY_LEVELS) {
    const hung = replies.map((reply) => withRepliesHung(reply, level + 1));
    return hung.every((reply, index) => reply === replies[index]) ? value : { ...value, comments: hung };
  }
  return replies.every((reply) => repliesTo(reply).length === 0)
    ? value
    : { ...value, comments: inOrder(value as Json, replies) };
}

/** All replies below a comment, as a reader meets them, each with the id of what it answers. */
function inOrder(comment: Json, replies: readonly Json[]): Json[] {
  const hung: Json[] = [];
  const waiting = replies.map((reply) => ({ reply, parent: comment.id })).reverse();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { reply, parent } = next;
    hung.push({ ...reply, comments: [], parent: { id: parent } });
    for (const answer of repliesTo(reply).toReversed()) waiting.push({ reply: answer, parent: reply.id });
  }
  return hung;
}

function repliesTo(value: object): readonly Json[] {
  const { comments } = value as { readonly comments?: unknown };
  return Array.isArray(comments) ? comments.filter(isJson) : [];
}

function cut(value: unknown, levels: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return null;
  const members = Object.entries(value).map(([key, member]) => [key, cut(member, levels - 1)] as const);
  if (members.every(([key, member]) => member === (value as Json)[key])) return value;
  return Array.isArray(value) ? members.map(([, member]) => member) : Object.fromEntries(members);
}
