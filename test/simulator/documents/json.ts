/** A document as the server sends it. */
export type Document = Record<string, unknown>;

/** An object without the fields that are undefined: what JSON would leave out. */
export const document = (fields: Document): Document => {
  for (const key of Object.keys(fields)) if (fields[key] === undefined) Reflect.deleteProperty(fields, key);
  return fields;
};
