/** A document as the server sends it; fields that are undefined are left out of the JSON. */
export type Document = Record<string, unknown>;
