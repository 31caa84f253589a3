import type { Commit, Person } from '../model';
import type { Document } from './json';
import type { InstanceDocuments } from './instance';

/** A commit, with its parents in full or by name only. */
export const commitDocument = (instance: InstanceDocuments, commit: Commit, fullParents: boolean): Document => {
  const { id, message, author, authorDate, committer, committerDate, parents, issueKeys } = commit;
  return {
    ...nameOf(commit),
    id,
    author: instance.person(author),
    authorTimestamp: authorDate,
    committer: instance.person(committer),
    committerTimestamp: committerDate,
    message,
    parents: parents.map(fullParents ? parentDocument : nameOf),
    properties: issueKeys === undefined ? undefined : { 'jira-key': issueKeys },
    ...instance.extra('commit'),
  };
};

/** A parent in full shows people by what git says of them. */
const parentDocument = (parent: Commit): Document => ({
  ...nameOf(parent),
  author: signature(parent.author),
  authorTimestamp: parent.authorDate,
  committer: signature(parent.committer),
  committerTimestamp: parent.committerDate,
  message: parent.message,
  parents: parent.parents.map(nameOf),
});

const signature = (person: Person): Document => ({
  name: 'displayName' in person ? person.displayName : person.name,
  emailAddress: person.emailAddress,
});

const nameOf = ({ id }: Commit): Document => ({ id, displayId: id.slice(0, 11) });
