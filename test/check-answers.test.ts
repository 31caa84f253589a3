import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from './simulator/faults';
import { configFor, type Outcome, runWith } from './support/connector';
import { ANN, type Company, emitted, OLD_OPEN, REVIEW, startCompany } from './sync/support/company';
import type { SyncResult } from './sync/support/connection';

/*
 * docs/troubleshooting.md says what each form of an answer leads to. Its tables are read here, and each row is held against the
 * connector: a row that is not true, and one that nothing here can make happen, are failures.
 */
const DOCUMENT = readFileSync(join(__dirname, '../docs/troubleshooting.md'), 'utf8');

/** The rows of the table below a heading. */
function rowsOf(heading: string): string[][] {
  const section = DOCUMENT.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(1)
    .map((line) => line.slice(2, -2).split(' | '))
    .map((cells) => cells.map((cell) => cell.replaceAll('`', '')));
}

const bitbucket = (status: number, exceptionName: string): Fault => ({
  ...{ kind: 'status', status, message: 'It is so' },
  exceptionName: `com.atlassian.bitbucket.${exceptionName}`,
});
const html = (status: number): Fault => ({
  kind: 'html',
  status,
  body: '<html><title>Sign in</title><body>Please</body></html>',
});

/** How an answer of each kind is made. */
const ANSWERS: Readonly<Record<string, Fault>> = {
  '401, IncorrectPassword': bitbucket(401, 'auth.IncorrectPasswordAuthenticationException'),
  '401, CaptchaRequired': bitbucket(401, 'auth.CaptchaRequiredAuthenticationException'),
  '401, AuthenticationRequired': bitbucket(401, 'x.AuthenticationRequiredException'),
  '401, NoAccess (no licence)': bitbucket(401, 'auth.NoAccessAuthenticationException'),
  '401, AuthorisationException': bitbucket(401, 'AuthorisationException'),
  '401 with an empty body': { kind: 'status', status: 401, body: '' },
  '401 with a page (HTML)': html(401),
  '401 with a body of a megabyte': { kind: 'status', status: 401, damage: 'huge' },
  '401 whose body is cut off': { kind: 'status', status: 401, damage: 'cut-off' },
  '401 whose body is no gzip': { kind: 'status', status: 401, damage: 'bad-gzip' },
  '403 with the message that Basic authentication is disabled': {
    ...{ kind: 'status', status: 403 },
    bareMessage: 'Basic Authentication has been disabled on this instance.',
  },
  '403 with another message alone': { kind: 'status', status: 403, bareMessage: 'XSRF check failed' },
  '403 with a page (HTML)': html(403),
  '404 with a page (HTML)': html(404),
  '404, NoSuchPullRequest, of its activities alone': bitbucket(404, 'pull.NoSuchPullRequestException'),
  '404, NoSuchPullRequest, of itself as well, though it is listed': bitbucket(404, 'pull.NoSuchPullRequestException'),
  '302 to another server': { kind: 'redirect' },
  '200 with a page (HTML)': html(200),
  '200 with an empty body': { kind: 'empty-body' },
  '200 with JSON of another kind': { kind: 'wrong-shape' },
  '200 cut off': { kind: 'half-body' },
  '204': { kind: 'status', status: 204, body: '' },
  '101': { kind: 'upgrade' },
  '409': bitbucket(409, 'repository.RepositoryNotAvailableException'),
  '429 that asks to wait an hour': { kind: 'status', status: 429, retryAfter: 3600 },
  '500': { kind: 'status', status: 500 },
  '502 with a page (HTML)': html(502),
  '503 with a page (HTML)': html(503),
  '504': { kind: 'status', status: 504, body: '' },
};

/** @throws where the document tells of an answer that nothing here can make */
function answerOf(name: string): Fault {
  const fault = ANSWERS[name];
  if (fault === undefined) throw new Error(`No answer here is "${name}"`);
  return fault;
}

let company: Company;
beforeEach(async () => {
  company = await startCompany();
});
afterEach(async () => {
  await company.simulator.stop();
});

const checked = ({ messages }: Outcome): string =>
  messages.find(({ type }) => type === 'CONNECTION_STATUS')?.connectionStatus.message ?? 'SUCCEEDED';
const failureTypes = ({ errors }: SyncResult): string =>
  [...new Set(errors.map(({ failureType }) => failureType))].join() || 'none';

describe('an answer to the login', () => {
  it.each(rowsOf('Answers to the login'))(
    '%s: check says %s, read %s, and after it is sent: %s',
    async (answer, code, failureType, after) => {
      const { simulator } = company;
      simulator.faults.add(answerOf(answer));
      const outcome = await runWith('check', { config: configFor(simulator) });
      const message = checked(outcome);
      expect(message.split(':')[0]).toBe(code);
      expect(message).not.toMatch(/undefined|\[object|<html/);
      if (answer.includes('page')) expect(message).toContain('"Sign in"');

      const result = await company.connect().sync();
      expect(failureTypes(result)).toBe(failureType);
      expect([...new Set(Object.values(result.statuses))]).toEqual(['INCOMPLETE']);
      const expected = after === 'nothing' ? ['projects'] : Array(5).fill('projects');
      expect(result.requests.map(({ route }) => route)).toEqual(expected);
      expect(emitted(result)).toEqual([]);
    },
  );
});

describe('an answer about one pull request', () => {
  it.each(rowsOf('Answers about one thing'))(
    '%s: read says %s, the others %s, and it is %s',
    async (answer, failureType, others, fate) => {
      const { simulator, history } = company;
      const connection = company.connect({ max_concurrency: 1 });
      await connection.sync();
      for (const each of [REVIEW, OLD_OPEN]) history.comment(each, { user: ANN });
      const path = answer.includes('of itself as well') ? /ACME.*pull-requests\/1(?:\/|$)/ : /ACME.*pull-requests\/1\/activities/;
      if (answer.endsWith('listed no more')) history.deletePullRequest(REVIEW);
      else simulator.faults.add({ ...answerOf(answer), path });
      const result = await connection.sync();

      expect(failureTypes(result)).toBe(failureType);
      const came = emitted(result);
      const paths = result.requests.map((request) => request.path);
      const last = paths.findLastIndex((each) => path.test(each));
      if (others === 'are read') expect(came).toContain('activities of 1/3');
      else expect(paths.slice(last + 1)).toEqual([]);
      expect(came.filter((line) => line.endsWith('deleted'))).toEqual(
        fate === 'gone' ? ['diff 1/1 deleted', 'pull request 1/1 deleted'] : [],
      );
      if (fate === 'pending') expect(result.errors.map(({ message }) => message).join()).toContain('pull request 1 of ACME/app');

      simulator.faults.clear();
      const next = await connection.sync();
      expect(next.errors).toEqual([]);
      if (fate !== 'gone') expect(emitted(next)).toContain('activities of 1/1');
    },
  );
});

it('the tables tell of every answer that is tried here', () => {
  const told = [...rowsOf('Answers to the login'), ...rowsOf('Answers about one thing')].map(([answer]) => answer);
  expect(Object.keys(ANSWERS).filter((answer) => !told.includes(answer))).toEqual([]);
});
