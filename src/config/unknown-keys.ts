import { nearest } from '../text/nearest';
import { isJson, type Json } from './json';

/** A field that the spec does not know. */
export interface UnknownField {
  /** With where it stands: `credentials.tokne`. */
  readonly path: string;
  /** What was probably meant; null: nothing is near. */
  readonly meant: string | null;
  /** What is wrong, and what to do. */
  readonly sentence: string;
}

/**
 * A sentence for each field of a configuration that the spec does not know: such fields are ignored, which is worth knowing where one was
 * misspelt. Names that begin with `_` are comments.
 * @param schema `connectionSpecification` of `spec.json`
 */
export function unknownKeys(raw: unknown, schema: object): string[] {
  return unknownFields(raw, schema).map(({ sentence }) => sentence);
}

/** The same as values. */
export function unknownFields(raw: unknown, schema: object): UnknownField[] {
  if (!isJson(raw)) return [];
  return [
    ...strangersIn(raw, schema, ''),
    ...Object.entries(propertiesOf(schema)).flatMap(([name, property]) =>
      elementsOf(raw[name], name).flatMap(([value, path]) => strangersIn(value, itemOf(property), `${path}.`)),
    ),
  ];
}

/** Fields that choose what is read, and what of another name tells that it was to choose. */
const FILTERS = ['projects', 'repositories', 'include_personal_projects', 'include_archived'];
const CHOOSING = /proj|repo|filter|include|exclude|archive|personal|only|select|slug/i;

/** Whether such a field was probably to choose among projects and repositories: without it more are chosen. */
export function isLostFilter({ path, meant }: UnknownField): boolean {
  return meant === null ? /^[^.[]*$/.test(path) && CHOOSING.test(path) : FILTERS.includes(meant);
}

function strangersIn(value: Json, schema: unknown, prefix: string): UnknownField[] {
  const chosen = chosenOf(schema, value);
  const known = chosen === null ? Object.keys(propertiesOf(schema)) : Object.keys(propertiesOf(chosen));
  if (known.length === 0) return [];
  return Object.keys(value)
    .filter((name) => !known.includes(name) && !name.startsWith('_'))
    .flatMap((name) => {
      const isElsewhere = Object.hasOwn(propertiesOf(schema), name);
      if (isElsewhere && (value[name] === null || value[name] === '')) return []; // a form that was switched leaves such
      const [path, meant] = [prefix + name, nearest(name, known)];
      const ignored = isElsewhere ? 'is ignored' : 'is no field of the configuration and is ignored';
      return [{ path, meant, sentence: `${JSON.stringify(path)} ${ignored}: ${remedyFor(name, meant, schema)}` }];
    });
}

function remedyFor(name: string, meant: string | null, schema: unknown): string {
  if (meant !== null) return `did you mean ${JSON.stringify(meant)}?`;
  const elsewhere = nearest(name, Object.keys(propertiesOf(schema)));
  const owner = elsewhere === null ? null : ownerOf(elsewhere, schema);
  return owner === null ? '`spec` prints what a configuration may hold.' : `${elsewhere} belongs to ${owner}.`;
}

/** The variant of a schema that a value chooses by its constant (`auth_type`); null: it has none, or chooses none. */
function chosenOf(schema: unknown, value: Json): Json | null {
  return variantsOf(schema).find((variant) => constantsOf(variant).some(([name, constant]) => value[name] === constant)) ?? null;
}

/** The choice to which a field belongs: `auth_type basic`; null: to none. */
function ownerOf(field: string, schema: unknown): string | null {
  const variant = variantsOf(schema).find((each) => Object.hasOwn(propertiesOf(each), field));
  const [constant] = variant === undefined ? [] : constantsOf(variant);
  return constant === undefined ? null : constant.join(' ');
}

function variantsOf(schema: unknown): Json[] {
  return isJson(schema) && Array.isArray(schema.oneOf) ? (schema.oneOf as unknown[]).filter(isJson) : [];
}

function constantsOf(variant: Json): [string, string][] {
  return Object.entries(propertiesOf(variant)).flatMap(([name, property]): [string, string][] =>
    isJson(property) && typeof property.const === 'string' ? [[name, property.const]] : [],
  );
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
  return Object.assign({}, isJson(schema.properties) ? schema.properties : {}, ...variantsOf(schema).map(propertiesOf)) as Json;
}
