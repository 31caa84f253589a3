import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { STREAMS } from './connector';
import type { Row } from './rows';

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** The schema of a stream, as `discover` gives it. */
export function schemaOf(stream: string): Schema {
  return JSON.parse(readFileSync(join(__dirname, '../../resources/schemas', `${stream}.json`), 'utf8')) as Schema;
}

const ajv = addFormats(new Ajv({ strict: true, allowUnionTypes: true, allErrors: true })).addKeyword('airbyte_type');
const validators = new Map<string, ValidateFunction>(STREAMS.map((stream) => [stream, ajv.compile(schemaOf(stream))]));
const columns = new Map(STREAMS.map((stream) => [stream, new Set(Object.keys(schemaOf(stream).properties ?? {}))]));

/** What is wrong with rows by their stream's schema, in lines: values that do not fit, columns that are not declared, columns left out. */
export function violations(stream: string, rows: readonly Row[]): string[] {
  const validate = validators.get(stream)!;
  const declared = columns.get(stream)!;
  return rows.flatMap((row) => {
    const name = `${stream} ${JSON.stringify(row).slice(0, 60)}`;
    const wrong = validate(row)
      ? []
      : (validate.errors ?? []).map((error) => `${name}: ${error.instancePath} ${error.message ?? ''}`);
    const undeclared = Object.keys(row).filter((column) => !declared.has(column));
    const absent = [...declared].filter((column) => !(column in row));
    return [
      ...wrong,
      ...undeclared.map((column) => `${name}: ${column} is not declared`),
      ...absent.map((column) => `${name}: ${column} is absent`),
    ];
  });
}

/** The keys under which Bitbucket sends source code. */
const SOURCE_CODE = ['diff', 'hunks', 'segments', 'lines'];

/** The paths at which a value holds a key of Bitbucket's for source code. */
export function sourceCodeIn(value: unknown, path = '$'): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [
    ...(!Array.isArray(value) && SOURCE_CODE.includes(key) ? [`${path}.${key}`] : []),
    ...sourceCodeIn(member, `${path}.${key}`),
  ]);
}

/** The paths that a schema declares and that no row fills: `author.user.name`, `files[].path`. */
export function neverFilled(stream: string, rows: readonly Row[]): string[] {
  const filled = new Set<string>();
  const collect = (value: unknown, path: string): void => {
    if (value === null || value === undefined) return;
    filled.add(path);
    if (Array.isArray(value)) for (const member of value) collect(member, `${path}[]`);
    else if (typeof value === 'object')
      for (const [key, member] of Object.entries(value)) collect(member, path === '' ? key : `${path}.${key}`);
  };
  for (const row of rows) collect(row, '');
  return pathsOf(schemaOf(stream)).filter((path) => !filled.has(path));
}

function pathsOf(schema: Schema, path = ''): string[] {
  const own = path === '' ? [] : [path];
  const members = Object.entries(schema.properties ?? {}).flatMap(([key, member]) =>
    pathsOf(member, path === '' ? key : `${path}.${key}`),
  );
  return [...own, ...members, ...(schema.items === undefined ? [] : pathsOf(schema.items, `${path}[]`))];
}
