import { ConfigError } from '../../src/config/config-error';
import { fromEnvironment } from '../../src/config/from-environment';

const config = (token: string) => ({
  credentials: { token, list: [token, 1, null] },
  projects: ['$A', '${', 'x${TOKEN}'],
  _comment: 'the token is in ${BITBUCKET_TOKEN}',
});

it('puts a variable in the place of its name, and leaves everything else', () => {
  expect(fromEnvironment(config('${BITBUCKET_TOKEN}'), { BITBUCKET_TOKEN: 's3cret' })).toEqual(config('s3cret'));
});

it.each([
  [
    '${AWS_SECRET_ACCESS_KEY}',
    'credentials.token names the environment variable AWS_SECRET_ACCESS_KEY: only those that begin with BITBUCKET_ are read.',
  ],
  [
    '${BITBUCKET_TOKEN}',
    'credentials.token names the environment variable BITBUCKET_TOKEN, which is not set: export BITBUCKET_TOKEN with its value first.',
  ],
  [
    '${BITBUCKET_EMPTY}',
    'credentials.token names the environment variable BITBUCKET_EMPTY, which is empty: export BITBUCKET_EMPTY with its value first.',
  ],
  [
    ' $BITBUCKET_TOKEN',
    'credentials.token names the environment variable BITBUCKET_TOKEN without braces: write "${BITBUCKET_TOKEN}".',
  ],
  [
    'Bearer ${BITBUCKET_TOKEN}',
    'credentials.token has the environment variable BITBUCKET_TOKEN within other text, but a variable must be the whole value: write "${BITBUCKET_TOKEN}" alone, and put the rest into the variable.',
  ],
])('refuses %s', (token, message) => {
  expect(() => fromEnvironment(config(token), { AWS_SECRET_ACCESS_KEY: 'never', BITBUCKET_EMPTY: '' })).toThrow(
    new ConfigError(message),
  );
});

describe('additional_tokens', () => {
  const VARIABLES = { BITBUCKET_A: 'a-token', BITBUCKET_B: 'b-token', BITBUCKET_BOTH: 'c-token,d-token' };
  const tokens = (text: string) => fromEnvironment({ additional_tokens: text }, VARIABLES);

  it.each([
    ['${BITBUCKET_A},${BITBUCKET_B}', 'a-token,b-token'],
    ['${BITBUCKET_A}\n ${BITBUCKET_B} \n', 'a-token\nb-token\n'],
    ['${BITBUCKET_A}\\nliteral', 'a-token\\nliteral'],
    ['literal, ${BITBUCKET_BOTH}', 'literal,c-token,d-token'],
  ])('may name a variable for each token: %j', (text, expected) => {
    expect(tokens(text)).toEqual({ additional_tokens: expected });
  });

  it.each([
    [
      'a,${AWS_SECRET}',
      'additional_tokens names the environment variable AWS_SECRET: only those that begin with BITBUCKET_ are read.',
    ],
    [
      'a,x${BITBUCKET_A}',
      'additional_tokens has the environment variable BITBUCKET_A within other text, but a variable must be a whole token between commas: write "${BITBUCKET_A}" alone, and put the rest into the variable.',
    ],
  ])('refuses %s', (text, message) => {
    expect(() => tokens(text)).toThrow(new ConfigError(message));
  });
});

it.each(['${BITBUCKET_HOST}/x', 'https://${BITBUCKET_HOST}/x', 'https://${BITBUCKET_HOST:-h}/x'])(
  'says of a server_url of %s that a variable must be the whole value',
  (text) => {
    expect(() => fromEnvironment({ server_url: text }, { BITBUCKET_HOST: 'h' })).toThrow(
      /^server_url has the environment variable BITBUCKET_HOST within other text, but a variable must be the whole value/,
    );
  },
);
