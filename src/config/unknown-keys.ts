import { nearest } from '../text/nearest';
import { isJson, type Json } from './json';

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
