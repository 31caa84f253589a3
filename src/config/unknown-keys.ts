import { isJson, type Json } from './json';

/** Two names are taken for each other up to this many changed characters, and a third of their length. */
const MOST_CHANGES = 3;

/**
 * A sentence for each field of a configuration that the spec does not know: such fields are ignored, which is worth knowing where one was
 * misspelt. Names that begin with `_` are comments.
 * @param schema `connectionSpecification` of `spec.json`
 */
export function unknownKeys(raw: unknown, schema: object): string[] {
  if (!isJson(raw)) return [];
  const known = propertiesOf(schema);
  return [
    ...strangersIn(raw, known, ''),
    ...Object.entries(known).flatMap(([name, property]) =>
      elementsOf(raw[name], name).flatMap(([value, path]) => strangersIn(value, propertiesOf(itemOf(property)), `${path}.`)),
    ),
  ];
}

function strangersIn(value: Json, known: Json, prefix: string): string[] {
  if (Object.keys(known).length === 0) return [];
  return Object.keys(value)
    .filter((name) => !Object.hasOwn(known, name) && !name.startsWith('_'))
    .map((name) => {
      const meant = nearest(name, Object.keys(known));
      const remedy = meant === null ? '`spec` prints what a configuration may hold' : `did you mean ${JSON.stringify(meant)}?`;
      return `${JSON.stringify(prefix + name)} is no field of the configuration and is ignored: ${remedy}${remedy.endsWith('?') ? '' : '.'}`;
    });
}

/** The objects in a field: itself, or those of its list. */
function elementsOf(value: unknown, name: string): [Json, string][] {
  if (isJson(value)) return [[value, name]];
  return Array.isArray(value)
    ? value.flatMap((item: unknown, index): [Json, string][] => (isJson(item) ? [[item, `${name}[${index}]`]] : []))
    : [];
}

function itemOf(property: unknown): unknown {
  return isJson(property) && isJson(property.items) ? property.items : property;
}

/** The properties of a schema, those of all its variants together. */
function propertiesOf(schema: unknown): Json {
  if (!isJson(schema)) return {};
  const variants = Array.isArray(schema.oneOf) ? (schema.oneOf as unknown[]).map(propertiesOf) : [];
  return Object.assign({}, isJson(schema.properties) ? schema.properties : {}, ...variants) as Json;
}

function nearest(name: string, candidates: readonly string[]): string | null {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z\d]/g, '');
  const ranked = candidates
    .map((candidate) => ({ candidate, changes: changesBetween(plain(name), plain(candidate)) }))
    .sort((a, b) => a.changes - b.changes);
  const [best] = ranked;
  return best !== undefined && best.changes <= Math.min(MOST_CHANGES, name.length / 3) ? best.candidate : null;
}

/** How many characters must be added, removed or replaced (Levenshtein). */
function changesBetween(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [row, character] of one.split('').entries()) {
    const current = [row + 1];
    for (const [column, wanted] of other.split('').entries()) {
      const replaced = (previous[column] ?? 0) + (character === wanted ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}
