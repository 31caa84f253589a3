import type { Document } from './json';

/** A path as diffs and changes tell it. */
export const pathDocument = (path: string): Document => {
  const components = path.split('/');
  const name = components.at(-1) ?? path;
  const dot = name.lastIndexOf('.');
  return {
    components,
    parent: components.slice(0, -1).join('/'),
    name,
    ...(dot > 0 ? { extension: name.slice(dot + 1) } : {}),
    toString: path,
  };
};
