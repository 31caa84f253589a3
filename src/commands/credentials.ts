import type { Command } from 'commander';
import { type Config, ConfigError } from '../config/config';
import type { Answer } from '../credentials/answer';
import type { Operation } from '../credentials/operations';
import { printable } from '../text/terminal';
import { examined, personalConfigOf } from './configuration';
import type { CommandContext } from './context';
import { tracedEnvironment } from './traced-environment';
import { examples } from './usage';

interface CredentialsOptions {
  readonly config?: string;
  readonly store?: string;
}

const ACTIONS: Readonly<Record<Operation, string>> = {
  create: 'verify and store a credential: {"label", "settings", "secrets", "expiration_date"} on stdin',
  update: 'change a credential: {"id"} and what is to change on stdin; a login is verified, and enabled again',
  info: 'show a credential, without its secret: {"id"} on stdin',
  list: 'show all credentials, without their secrets',
  delete: 'erase the secret of a credential: {"id"} on stdin',
  rekey: 'encrypt the store with the key in BITBUCKET_CREDENTIALS_NEW_KEY',
};

/** What the operations take on stdin, as examples; the others read nothing. */
const INPUTS: Partial<Record<Operation, readonly string[]>> = {
  create: [
    '{"label": "reader", "secrets": {"bitbucket_data_center_token": "YOUR_TOKEN"}}',
    '{"settings": {"bitbucket_data_center_username": "NAME"},\n   "secrets": {"bitbucket_data_center_password": "YOUR_PASSWORD"}}',
  ],
  update: [
    '{"id": 1, "secrets": {"bitbucket_data_center_token": "YOUR_NEW_TOKEN"},\n   "expiration_date": "2027-12-31"}',
    '{"id": 1, "label": "reader 2"}',
  ],
  info: ['{"id": 1}'],
  delete: ['{"id": 1}'],
};

/** Adds `credentials` with what can be done with them: JSON on stdin, JSON on stdout, exit 0 or 1. */
export function addCredentials(program: Command, context: CommandContext): void {
  const credentials = program.command('credentials').description('manage the credentials of the credential store');
  for (const [name, description] of Object.entries(ACTIONS) as [Operation, string][]) {
    const command = credentials
      .command(name)
      .description(description)
      .option('--config <file>', 'configuration (JSON)')
      .option('--store <place>', 'folder or postgres:// URL of the store; default: credential_store of the configuration')
      .allowExcessArguments(false)
      .action(async (options: CredentialsOptions) => {
        const answer = await run(name, options, context).catch(invalidConfig);
        context.log(printable(JSON.stringify(answer)));
        context.exitWith(answer.ok ? 0 : 1);
      });
    const inputs = INPUTS[name];
    examples(command, [`--config config.json${inputs === undefined ? '' : ' < request.json'}`]);
    if (inputs !== undefined) command.addHelpText('after', `\nrequest.json holds, for example:\n  ${inputs.join('\n  ')}`);
  }
  examples(credentials, ['create --config config.json < request.json', 'list --config config.json']);
}

async function run(operation: Operation, options: CredentialsOptions, context: CommandContext): Promise<Answer> {
  const environment = tracedEnvironment(context);
  const { surroundingsOf } = await import('./credentials-surroundings.js');
  const surroundings = surroundingsOf(readConfig(options, context), environment);
  const { perform, performJson } = await import('../credentials/operations.js');
  if (operation === 'list') return perform(operation, undefined, surroundings);
  if (operation === 'rekey') return perform(operation, environment.variables?.BITBUCKET_CREDENTIALS_NEW_KEY, surroundings);
  if (context.terminal.isTyped) for (const line of promptFor(operation)) context.writeAside(line);
  const { MAX_BODY_BYTES } = await import('../credentials/request-body.js');
  const text = await context.readInput(MAX_BODY_BYTES);
  if (text === null)
    return { ok: false, error: 'invalid_json', message: `What came on stdin is longer than ${MAX_BODY_BYTES / 1024} KB.` };
  return performJson(operation, text, surroundings);
}

/** Who types should know what is waited for; stderr, since stdout is JSON. */
function promptFor(operation: Operation): string[] {
  return [
    'Type or paste JSON, then Enter and Ctrl-D; or have it come from a file: < request.json. For example:',
    ...(INPUTS[operation] ?? []).map((example) => `  ${example}`),
  ];
}

/** `--store` goes before what the configuration says. */
function readConfig({ config: file, store }: CredentialsOptions, context: CommandContext): Config {
  const raw = personalConfigOf(file, context);
  const isObject = typeof raw === 'object' && raw !== null && !Array.isArray(raw);
  const { config, warnings } = examined(isObject && store !== undefined ? { ...raw, credential_store: store } : raw);
  for (const warning of warnings) context.writeAside(warning);
  return config;
}

/** So is a mistake in the arguments: a script that reads stdout finds JSON there, whatever happens. */
export function invalidUsage(message: string): Answer {
  return { ok: false, error: 'invalid_request', message };
}

/** A configuration that cannot be used is an answer, too. */
function invalidConfig(error: unknown): Answer {
  if (error instanceof ConfigError) return { ok: false, error: 'invalid_config', message: error.message };
  throw error;
}
