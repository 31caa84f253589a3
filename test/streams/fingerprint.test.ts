import fc from 'fast-check';
import { fingerprint, SetFingerprint } from '../../src/streams/fingerprint';
import { canonical } from '../support/rows';

const jane = { id: 7, name: 'jane', displayName: 'Jane', emailAddress: 'jane@example.com', active: true };
const renamed = { ...jane, name: 'jane.doe', displayName: 'Jane Doe', emailAddress: 'doe@example.com', active: false };
const repository = { id: 3, slug: 'api', name: 'API', project: { id: 1, key: 'PLAT' } };
const moved = { ...repository, slug: 'api-2', project: { id: 2, key: 'OPS' } };

it('is nine characters, the same for the same', () => {
  expect(fingerprint([1, 'a'])).toMatch(/^[\w-]{9}$/);
  expect(fingerprint([1, 'a'])).toBe(fingerprint([1, 'a']));
});

it('stays where only the description of people, repositories or links has changed', () => {
  expect(fingerprint({ author: { user: jane, status: 'APPROVED' } })).toBe(
    fingerprint({ author: { user: renamed, status: 'APPROVED' } }),
  );
  expect(fingerprint({ ref: { repository } })).toBe(fingerprint({ ref: { repository: moved } }));
  expect(fingerprint({ a: 1, links: { self: ['x'] }, permittedOperations: {}, avatarUrl: 'x' })).toBe(fingerprint({ a: 1 }));
});

it.each([
  ['another person', { user: jane }, { user: { ...jane, id: 8 } }],
  ['another repository', { repository }, { repository: { ...repository, id: 4 } }],
  ['a status', { user: jane, status: 'APPROVED' }, { user: jane, status: 'NEEDS_WORK' }],
  ['null for nothing', { a: null }, {}],
  ['a text for a number', { a: 1 }, { a: '1' }],
  ['a list in another order', [1, 2], [2, 1]],
  ['something deep', { a: { b: [{ c: 1 }] } }, { a: { b: [{ c: 2 }] } }],
])('changes for %s', (_name, before, after) => {
  expect(fingerprint(before)).not.toBe(fingerprint(after));
});

it('differs for any two values that differ', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      fc.pre(canonical(a) !== canonical(b));
      expect(fingerprint(a)).not.toBe(fingerprint(b));
    }),
    { numRuns: 2000 },
  );
});

it('takes people without an id by what else names them', () => {
  const print = (person: object) => fingerprint({ author: person });
  expect(print({ name: 'x', emailAddress: 'a@example.com' })).toBe(print({ name: 'y', emailAddress: 'a@example.com' }));
  expect(print({ name: 'x', displayName: 'X' })).toBe(print({ name: 'x', displayName: 'Y' }));
  expect(print({ name: 'x', displayName: 'X' })).not.toBe(print({ name: 'y', displayName: 'X' }));
});

describe('of a set', () => {
  const of = (values: unknown[]) => {
    const set = new SetFingerprint();
    for (const value of values) set.add(value);
    return set.toString();
  };

  it('does not depend on order', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (values) => {
        expect(of([...values].reverse())).toBe(of(values));
      }),
    );
  });

  it('changes when a member is added, lost, doubled or changed', () => {
    const prints = [[], [{ a: 1 }], [{ a: 1 }, { a: 1 }], [{ a: 1 }, { a: 2 }], [{ a: 2 }]].map(of);
    expect(new Set(prints).size).toBe(5);
  });
});

it('sees a change however deep it is', () => {
  const nested = (text: string) => {
    let value: object = { text };
    for (let level = 0; level < 20_000; level++) value = { comments: [value] };
    return value;
  };
  expect(fingerprint(nested('a'))).toBe(fingerprint(nested('a')));
  expect(fingerprint(nested('a'))).not.toBe(fingerprint(nested('b')));
  expect(fingerprint([nested('a'), nested('b')])).not.toBe(fingerprint([nested('b'), nested('a')]));
});
