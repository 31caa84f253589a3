import { spawnSync } from 'node:child_process';

/** Lets 50 MB per second outlive collections for two seconds, as data that stay a while, and tells how large the young generation is then. */
const LIVE = `
const { getHeapSpaceStatistics } = require('node:v8');
let held = [];
let steps = 0;
const timer = setInterval(() => {
  for (let count = 0; count < 10_000; count++) held.push({ number: count, text: String(count) });
  if (held.length > 200_000) held = held.slice(100_000);
  if (++steps < 100) return;
  clearInterval(timer);
  const { space_used_size: used, space_available_size: free } = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space');
  console.log(Math.round((used + free) / 1024 / 1024));
}, 20);`;

const SET = `require('./src/commands/v8-settings.ts').setV8ForSync();`;

function run(script: string): { stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['-r', '@swc-node/register', '-e', script], { encoding: 'utf8' });
}

it('the young generation stays small, and V8 knows each flag', () => {
  expect(run(`${SET} ${LIVE}`)).toMatchObject({ stdout: '12\n', stderr: '' });
  expect(Number(run(LIVE).stdout)).toBeGreaterThanOrEqual(16);
}, 60_000);
