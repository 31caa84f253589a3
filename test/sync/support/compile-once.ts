import type * as Ajv from 'ajv';

/** A configuration is compiled against the spec whenever it is parsed: once for all of them makes room for more cases. For `jest.mock('ajv', …)`. */
export function compilingOnce(): typeof Ajv {
  const ajv = jest.requireActual<typeof Ajv>('ajv');
  const compiled = new Map<string, Ajv.ValidateFunction>();
  class OnceAjv extends ajv.Ajv {
    override compile = ((schema: Ajv.AnySchema) => {
      const key = JSON.stringify(schema);
      const known = compiled.get(key) ?? super.compile(schema);
      compiled.set(key, known);
      return known;
    }) as Ajv.Ajv['compile'];
  }
  return { ...ajv, __esModule: true, default: OnceAjv } as unknown as typeof Ajv;
}
