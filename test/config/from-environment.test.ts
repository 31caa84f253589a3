import { ConfigError } from '../../src/config/config-error';
import { fromEnvironment } from '../../src/config/from-environment';

const config = (token: string) => ({
  credentials: { token, list: [token, 1, null] },
  projects: ['$A', '${', 'x${BITBUCKET_TOKEN}'],
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
    'credentials.token names the environment variable BITBUCKET_TOKEN, which is not set: export BITBUCKET_TOKEN first.',
  ],
])('refuses %s', (token, message) => {
  expect(() => fromEnvironment(config(token), { AWS_SECRET_ACCESS_KEY: 'never', BITBUCKET_TOKEN: '' })).toThrow(
    new ConfigError(message),
  );
});
