import { readFileSync } from 'node:fs';
import { isLostFilter, unknownFields, unknownKeys } from '../../src/config/unknown-keys';

const { connectionSpecification: schema } = JSON.parse(readFileSync('spec.json', 'utf8')) as { connectionSpecification: object };
const complete = { server_url: 'https://x', credentials: { auth_type: 'token', token: 'x' } };
const told = (more: object) => unknownKeys({ ...complete, ...more }, schema);

it('finds nothing in a configuration that is right, nor in comments', () => {
  expect(told({ _comment: 'ours', projects: ['A'], deployment_builds: [{ pattern: 'x', environment: 'y' }] })).toEqual([]);
});

it.each([
  ['project', 'projects'],
  ['serverUrl', 'server_url'],
  ['max_concurency', 'max_concurrency'],
  ['lookback-days', 'lookback_days'],
  ['url', 'server_url'],
  ['concurrency', 'max_concurrency'],
  ['timeout_seconds', 'request_timeout_seconds'],
])('asks at "%s" whether "%s" was meant', (name, meant) => {
  expect(told({ [name]: 1 })).toEqual([`"${name}" is no field of the configuration and is ignored: did you mean "${meant}"?`]);
});

it('says where one can look where nothing is near', () => {
  expect(told({ colour: 'blue' })).toEqual([
    '"colour" is no field of the configuration and is ignored: `spec` prints what a configuration may hold.',
  ]);
});

it.each([
  ['project', true],
  ['repository', true],
  ['includeArchived', true],
  ['project_keys', true],
  ['exclude', true],
  ['colour', false],
  ['max_concurency', false],
  ['webhook_urls', false],
])('takes "%s" for a filter: %s', (name, expected) => {
  expect(unknownFields({ ...complete, [name]: 1 }, schema).map(isLostFilter)).toEqual([expected]);
});

it('looks into the login and into lists of objects', () => {
  expect(
    told({ credentials: { auth_type: 'basic', username: 'a', pasword: 'b' }, deployment_builds: [{ patern: 'x' }] }),
  ).toEqual([
    '"credentials.pasword" is no field of the configuration and is ignored: did you mean "password"?',
    '"deployment_builds[0].patern" is no field of the configuration and is ignored: did you mean "pattern"?',
  ]);
});

describe('in a login', () => {
  const toldOf = (credentials: object) => told({ credentials });

  it('a name that is the beginning or the end of a field is near it, one of two letters is not', () => {
    expect(toldOf({ auth_type: 'basic', user: 'x', word: 'y', us: 'z' })).toEqual([
      '"credentials.user" is no field of the configuration and is ignored: did you mean "username"?',
      '"credentials.word" is no field of the configuration and is ignored: did you mean "password"?',
      '"credentials.us" is no field of the configuration and is ignored: `spec` prints what a configuration may hold.',
    ]);
  });

  it('fields of another auth_type are not proposed: they are told as what they are', () => {
    expect(toldOf({ auth_type: 'token', token: 'x', usrname: 'y', tokn: 'z' })).toEqual([
      '"credentials.usrname" is no field of the configuration and is ignored: username belongs to auth_type basic.',
      '"credentials.tokn" is no field of the configuration and is ignored: did you mean "token"?',
    ]);
    expect(toldOf({ auth_type: 'basic', username: 'x', password: 'y', token: 'z' })).toEqual([
      '"credentials.token" is ignored: token belongs to auth_type token.',
    ]);
    expect(toldOf({ auth_type: 'token', token: 'x', username: '', password: null })).toEqual([]);
  });

  it('where auth_type is none, all are proposed', () => {
    expect(toldOf({ usrname: 'y' })).toEqual([
      '"credentials.usrname" is no field of the configuration and is ignored: did you mean "username"?',
    ]);
  });
});

it.each([null, [], 'text'])('finds nothing in what is no object: %j', (raw) => expect(unknownKeys(raw, schema)).toEqual([]));
