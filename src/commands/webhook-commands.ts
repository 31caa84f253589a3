import type { Command } from 'commander';
import { BitbucketError } from '../bitbucket/errors';
import { type Config, ConfigError } from '../config/config';
import type { Environment } from '../connection/connect';
import { diagnose, sentence } from '../diagnosis/diagnosis';
import { printableLine } from '../text/terminal';
import { DEFAULT_PATH } from '../webhooks/receiver/default-path';
import { examinedConfigOf } from './configuration';
import type { CommandContext } from './context';
import { fitted, stepLines } from './print';
import { tracedEnvironment } from './traced-environment';
import { examples } from './usage';

interface WebhooksOptions {
  readonly config?: string;
  readonly url?: string;
  readonly replace?: readonly string[];
  readonly apply?: boolean;
  readonly renewSecret?: boolean;
}

const URL_EXAMPLE = `https://hooks.example.com${DEFAULT_PATH}`;
const ACTIONS = {
  list: 'print the webhooks, what is wrong with ours, and what they prove',
  ensure: 'create and repair webhooks: at the projects where that is possible, else at each repository',
  remove: 'remove our webhooks',
  check: 'send a test and a signed probe to the receiver, and say what came of them step by step',
} as const;
type Action = keyof typeof ACTIONS;

/** Adds `webhooks` with its actions. */
export function addWebhooks(program: Command, context: CommandContext): void {
  const webhooks = program
    .command('webhooks')
    .description('list, set up, try or remove the webhooks of the selected repositories');
  for (const [name, description] of Object.entries(ACTIONS) as [Action, string][]) {
    const command = webhooks.command(name).description(description).option('--config <file>', 'configuration (JSON)');
    command.option('--url <url>', 'where Bitbucket reaches the receiver, its path included; default: webhook_url');
    if (name === 'ensure' || name === 'remove') {
      command.option('--apply', 'do it; without this it is only told what would be done');
      command.option('--replace <url...>', 'where the receiver was before: webhooks that send there are ours, too');
    }
    if (name === 'ensure')
      command.option('--renew-secret', 'write the secret also to webhooks that are right: after it was changed');
    command.allowExcessArguments(false).action((options: WebhooksOptions) => run(name, options, context));
    examples(command, [`--config config.json --url ${URL_EXAMPLE}${name === 'ensure' ? ' --apply' : ''}`]);
  }
  examples(webhooks, [
    `ensure --config config.json --url ${URL_EXAMPLE}`,
    'list --config config.json',
    'check --config config.json',
  ]);
}

/** A request that fails is a sentence with what to do. */
async function run(action: Action, options: WebhooksOptions, context: CommandContext): Promise<void> {
  const { config, warnings, lacksFilter } = examinedConfigOf(options.config, context);
  if (lacksFilter && options.apply === true)
    throw new ConfigError(
      `${warnings.join(' ')} Nothing was changed: without it webhooks at more places than you want could be. Correct it, or take it out, and run the same again.`,
    );
  for (const warning of warnings) fitted(`note    ${warning}`, context.terminal.width).forEach(context.log);
  const environment = tracedEnvironment(context);
  const { whyNoAnswer } = await import('../diagnosis/first-answer.js');
  try {
    const silence = await whyNoAnswer(config, environment);
    if (silence !== null) throw new ConfigError(silence);
    context.exitWith((await perform(action, options, config, environment, context)) ? 0 : 1);
  } catch (error) {
    if (!(error instanceof BitbucketError)) throw error;
    const { proxiesOf } = await import('../connection/connect.js');
    const proxy = error.details.code === 'EPROXYURL' ? null : proxiesOf(environment)(new URL(config.serverUrl));
    throw new ConfigError(sentence(diagnose(error, { config, proxy })));
  }
}

async function perform(
  action: Action,
  { url, replace = [], apply = false, renewSecret = false }: WebhooksOptions,
  config: Config,
  environment: Environment,
  { log: write, terminal }: CommandContext,
): Promise<boolean> {
  // Names and messages are the server's.
  const log = (line: string) => fitted(printableLine(line), terminal.width).forEach((part) => write(part));
  const events = {
    onRequest: () => undefined,
    onRetry: (message: string, delayMs: number) => log(`${message}, in ${(delayMs / 1000).toFixed(1)} s`),
    onRateLimited: () => log('The server asks for fewer requests: waiting.'),
  };
  const { connect } = await import('../connection/connect.js');
  const bitbucket = connect(config, environment, events);
  const { openConfiguredInbox } = await import('../webhooks/inbox/configured-inbox.js');
  const inbox = await openConfiguredInbox(config, environment.now);
  try {
    if (action === 'check') {
      const { checkWebhooks } = await import('../webhooks/check/check-webhooks.js');
      let isRight = true;
      for await (const step of checkWebhooks({ config, bitbucket, inbox, url, environment })) {
        isRight &&= step.status !== 'failed';
        for (const line of stepLines(step, terminal)) write(line);
      }
      return isRight;
    }
    const { listHooks } = await import('../webhooks/hooks/list.js');
    const { ensureHooks } = await import('../webhooks/hooks/ensure.js');
    const { removeHooks } = await import('../webhooks/hooks/remove.js');
    const work = { list: listHooks, ensure: ensureHooks, remove: removeHooks }[action];
    return await work({ config, bitbucket, inbox, url, replaced: replace, apply, renewSecret, log });
  } finally {
    await inbox?.close();
  }
}
