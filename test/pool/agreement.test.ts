import { type Evidence, isProvenByAgreement, namelessKey } from '../../src/connection/pool/agreement';

const isGone = (evidence: {
  readonly saw: readonly string[];
  readonly agree: readonly string[];
  readonly missing?: Evidence['missing'];
}) =>
  isProvenByAgreement({
    witnesses: new Set(evidence.saw),
    agreed: new Set(evidence.agree),
    working: new Set(evidence.agree),
    missing: evidence.missing ?? [],
  });
const [ONE, TWO] = [namelessKey('Token 1'), namelessKey('Token 2')];

it.each([
  ['who saw it looked again', { saw: ['ann'], agree: ['ann', 'bob'] }, true],
  ['who saw it is denied', { saw: ['ann'], agree: ['bob'], missing: ['ann'] }, false],
  ['who saw it was taken out', { saw: ['ann'], agree: ['bob'] }, true],
  ['who saw it was taken out, another is denied', { saw: ['ann'], agree: ['bob'], missing: ['joe'] }, true],
  ['it is not known who is denied', { saw: ['ann'], agree: ['bob'], missing: [null] }, false],
  ['a token without a user looked again', { saw: [ONE], agree: [ONE, TWO] }, true],
  ['a token without a user is denied', { saw: [ONE], agree: [TWO], missing: [null] }, false],
  ['a user looked again, whoever is denied', { saw: ['ann'], agree: ['ann'], missing: [null] }, true],
  ['the header writes a blank as a plus', { saw: ['ann+lee'], agree: ['bob'], missing: ['ann lee'] }, false],
  ['the header has bytes of UTF-8', { saw: ['jÃ¼rgen'], agree: ['bob'], missing: ['jürgen'] }, false],
])('gone or not: %s', (_, evidence, expected) => {
  expect(isGone(evidence)).toBe(expected);
});
