import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

/** The connector's executable, as `npm run build` makes it runnable. */
export const EXECUTABLE = resolve(__dirname, '../../bin/main');

/** Runs a command of the connector and gives its Airbyte messages of one type; throws, with what it said, if it fails. */
export async function ask(type: string, ...args: string[]): Promise<Record<string, any>> {
  const child = spawn(process.execPath, [EXECUTABLE, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const [code] = (await once(child, 'close')) as [number | null];
  const messages = printed
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, any>);
  const message = messages.find((each) => each['type'] === type);
  if (code !== 0 || message === undefined)
    throw new Error(`bin/main ${args[0] ?? ''} ended with ${code} and without a ${type}:\n${printed}`);
  return message;
}

/** Runs a command for people in this terminal, so that its progress shows; throws if it fails. */
export async function run(command: 'sync' | 'report', ...args: string[]): Promise<void> {
  const child = spawn(process.execPath, [EXECUTABLE, command, ...args], { stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`bin/main ${command} ended with ${code}`);
}
