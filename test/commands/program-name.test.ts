import { programName } from '../../src/commands/program';

test.each([
  ['/home/ann/clone/bin/main', '/home/ann/clone', 'bin/main'],
  ['/home/ann/clone/bin/main', '/home/ann/clone/docs', '../bin/main'],
  ['/home/ann/clone/bin/main', '/home/ann/work', '../clone/bin/main'],
  ['/opt/c/bin/main', '/home/ann/work', '/opt/c/bin/main'],
  ['/opt/my clones/bin/main', '/home/ann', "'/opt/my clones/bin/main'"],
  ['/usr/local/bin/source-bitbucket-data-center', '/home/ann', 'source-bitbucket-data-center'],
])('%s, called in %s, is told as %s: it can be pasted there', (called, from, name) => {
  expect(programName(called, from)).toBe(name);
});
