/*
 * Writes test_files/abnormal_state.json: the states of a sync of the simulator as it starts, with every date in 2099. Platforms' acceptance
 * tests read with it, and expect no record. `node -r @swc-node/register test/support/abnormal-state.ts`, after the demo data has changed.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { Simulator } from '../simulator';
import { Clock } from '../sync/support/clock';
import { Connection, EVERY_STREAM } from '../sync/support/connection';

async function main(): Promise<void> {
  const clock = new Clock();
  const simulator = await Simulator.start({ clock: clock.now, until: Date.UTC(2026, 0, 1) });
  const connection = new Connection(simulator, clock);
  await connection.sync({ streams: EVERY_STREAM });
  const states = EVERY_STREAM.map((stream) => connection.states.get(stream));
  const abnormal = JSON.stringify(states).replaceAll(/"\d{4}-(\d\d-\d\dT)/g, '"2099-$1');
  writeFileSync(
    join(__dirname, '../../test_files/abnormal_state.json'),
    await format(abnormal, { parser: 'json', printWidth: 130 }),
  );
  await simulator.stop();
}

void main();
