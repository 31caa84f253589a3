import Ajv from 'ajv';
import fc from 'fast-check';
import { readSpec } from '../../src/config/spec';
import { validateConfig } from '../../src/generated/validate-config';

const { connectionSpecification } = readSpec();
const properties = connectionSpecification.properties as Record<string, { default?: unknown; examples?: unknown[] }>;
const compiled = new Ajv({ strict: false, allErrors: false, validateFormats: false }).compile(connectionSpecification);

const anything = fc.oneof(
  fc.constantFrom<unknown>(
    '',
    'text',
    ' https://git.example.com ',
    0,
    -1,
    1.5,
    7,
    1e9,
    true,
    null,
    [],
    {},
    ['a'],
    [7],
    [{ key: 'x' }],
  ),
  fc.jsonValue({ maxDepth: 2 }),
);
const credentials = fc.oneof(
  fc.record(
    { auth_type: fc.constantFrom('token', 'basic', 'store', 'other'), token: anything, username: anything, password: anything },
    { requiredKeys: [] },
  ),
  anything,
);
const fields = Object.entries(properties).map(([name, { default: usual, examples = [] }]) => {
  const good = [usual, ...examples].filter((value) => value !== undefined);
  const value = name === 'credentials' ? credentials : fc.oneof(anything, ...(good.length > 0 ? [fc.constantFrom(...good)] : []));
  return [name, value] as const;
});
const config = fc
  .tuple(fc.array(fc.oneof(...fields.map(([name, value]) => fc.tuple(fc.constant(name), value))), { maxLength: 3 }), fc.boolean())
  .map(([some, isBegun]): Record<string, unknown> => ({
    ...(isBegun && { server_url: 'https://git.example.com', credentials: { auth_type: 'token', token: 't' } }),
    ...Object.fromEntries(some),
  }));

test('the generated validator finds what ajv finds with the spec as it is', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(config, (raw) => {
      const [expected] = compiled(raw) ? [] : (compiled.errors ?? []);
      const [found] = validateConfig(raw) ? [] : (validateConfig.errors ?? []);
      seen.add(expected?.keyword ?? 'valid');
      expect(found).toEqual(expected);
    }),
    { numRuns: 3000, seed: 7 },
  );
  expect([...seen]).toEqual(expect.arrayContaining(['valid', 'type', 'required', 'pattern', 'minimum', 'const']));
});
