import type { Activity, Anchor, Comment, Task } from '../model';
import type { Document } from './json';
import type { InstanceDocuments } from './instance';
import { pathDocument } from './path';

/** A comment with its replies and, before 7.2, its tasks. */
export const commentDocument = (instance: InstanceDocuments, repositoryId: number, comment: Comment): Document => {
  const { blockerComments, threads } = instance.world.features;
  const { id, version, text, author, createdDate, updatedDate, replies, tasks, severity, state, likedBy } = comment;
  return {
    properties: {
      repositoryId,
      ...(likedBy === undefined
        ? {}
        : { likedBy: { total: likedBy.length, likers: likedBy.map((user) => instance.user(user)) } }),
    },
    id,
    version,
    text,
    author: instance.user(author),
    createdDate,
    updatedDate,
    comments: replies.map((reply) => commentDocument(instance, repositoryId, reply)),
    tasks: tasks.map((task) => taskDocument(instance, repositoryId, comment, task)),
    ...(threads ? { threadResolved: false } : {}),
    ...(blockerComments ? { severity, state } : {}),
    ...(threads && comment.resolver !== undefined
      ? { resolver: instance.user(comment.resolver), resolvedDate: comment.resolvedDate }
      : {}),
    permittedOperations: { editable: false, ...(blockerComments ? { transitionable: true } : {}), deletable: false },
    likedBy: likedBy?.map((user) => instance.user(user)),
    ...instance.extra('comment'),
  };
};

/** A legacy task, which embeds the comment it hangs on. */
const taskDocument = (instance: InstanceDocuments, repositoryId: number, comment: Comment, task: Task): Document => {
  const { id, version, text, author, createdDate, updatedDate } = comment;
  const permittedOperations = { editable: false, deletable: false };
  return {
    anchor: {
      properties: { repositoryId },
      id,
      version,
      text,
      author: instance.user(author),
      createdDate,
      updatedDate,
      permittedOperations,
      type: 'COMMENT',
    },
    author: instance.user(task.author),
    createdDate: task.createdDate,
    id: task.id,
    text: task.text,
    state: task.state,
    permittedOperations: { deletable: false, editable: false, transitionable: true },
  };
};

/** Where an inline or file comment hangs. */
export const anchorDocument = (anchor: Anchor): Document => ({
  fromHash: anchor.fromHash,
  toHash: anchor.toHash,
  line: anchor.line,
  lineType: anchor.lineType,
  fileType: anchor.lineType === undefined ? undefined : anchor.lineType === 'REMOVED' ? 'FROM' : 'TO',
  path: anchor.path,
  srcPath: anchor.previousPath,
  diffType: 'EFFECTIVE',
  orphaned: false,
});

/** The piece of the diff that the server embeds with a comment on a line: source code. */
export const quotedDiff = ({ comment, anchor }: Activity): Document | undefined => {
  if (comment === undefined || anchor?.source === undefined) return undefined;
  const { line = 1, lineType = 'ADDED', path, fromHash, toHash, source } = anchor;
  const segment = {
    type: lineType,
    lines: [
      { destination: line, source: lineType === 'ADDED' ? 0 : line, line: source, truncated: false, commentIds: [comment.id] },
    ],
    truncated: false,
  };
  return {
    source: lineType === 'ADDED' ? null : pathDocument(anchor.previousPath ?? path),
    destination: pathDocument(path),
    hunks: [
      {
        sourceLine: lineType === 'ADDED' ? 0 : line,
        sourceSpan: lineType === 'ADDED' ? 0 : 1,
        destinationLine: line,
        destinationSpan: 1,
        segments: [segment],
        truncated: false,
      },
    ],
    truncated: false,
    properties: { toHash, current: true, fromHash },
  };
};
