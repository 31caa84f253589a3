import type { Bitbucket } from '../../bitbucket/api/bitbucket';
import { BitbucketError, isFatal } from '../../bitbucket/errors';
import type { RestWebhook } from '../../bitbucket/api/hooks';
import { type Config, ConfigError } from '../../config/config';
import type { Inbox } from '../inbox/inbox';
import { counted } from '../../text/counted';
import { failureLines, type PlaceFailure } from './place-failures';
import { sameUrl } from './hook-definition';
import { type Place, placesOf, type ProjectPlaces } from './scopes';

/** What `webhooks` needs. */
export interface ManageOptions {
  readonly config: Config;
  readonly bitbucket: Bitbucket;
  /** Where what is set up is recorded for the syncs; null: none is configured. */
  readonly inbox: Inbox | null;
  /** Where the receiver is reached from the Bitbucket server. */
  readonly url: string | undefined;
  /** Where it was reached before: webhooks that send there are ours, too. */
  readonly replaced: readonly string[];
  /** Without it, nothing is changed and what would be is told. */
  readonly apply: boolean;
  /** Write the secret also where nothing else is wrong. */
  readonly renewSecret: boolean;
  readonly log: (line: string) => void;
}

/** What happened, or would. */
interface Report {
  places: number;
  changed: number;
  readonly failures: PlaceFailure[];
}

/** A place that could be looked at. */
export interface OpenPlace extends Place {
  readonly hooks: readonly RestWebhook[];
}

/** Does something in one place, and counts. */
export interface Work {
  /** @returns what changed; one place that fails does not stop the others */
  readonly at: (place: Place, work: (place: OpenPlace) => Promise<number>) => Promise<void>;
}

/** Goes through all places, and says what it came to. @returns whether nothing failed */
export async function inAllPlaces(
  options: ManageOptions,
  work: (places: ProjectPlaces, report: Work) => Promise<void>,
  { mayChange = true }: { readonly mayChange?: boolean } = {},
): Promise<boolean> {
  const { bitbucket, config, log, apply } = options;
  const report: Report = { places: 0, changed: 0, failures: [] };
  await bitbucket.logIn();
  const at: Work['at'] = async (place, act) => {
    report.places++;
    try {
      report.changed += await act(opened(place));
    } catch (error) {
      if (isFatal(error) || !(error instanceof BitbucketError)) throw error;
      report.failures.push({ scope: place.scope, error });
    }
  };
  for await (const places of placesOf(bitbucket, config.filters)) await work(places, { at });
  for (const line of failureLines(report.failures)) log(line);
  const { length: failures } = report.failures;
  const failed = failures > 0 ? `, ${failures.toLocaleString('en')} could not be looked at or changed` : '';
  log(
    mayChange
      ? `${counted(report.places, 'place')}, ${outcomeOf(report.changed, apply)}${failed}.`
      : `${counted(report.places - failures, 'place')} looked at${failed}.`,
  );
  return failures === 0;
}

function outcomeOf(changed: number, apply: boolean): string {
  return `${counted(changed, 'change')}${apply || changed === 0 ? '' : ' to be made: run it again with --apply'}`;
}

/** Where webhooks of ours belong in a project: at itself, where that is possible; else at each of its repositories. */
export function placesThatBelong({ project, repositories }: ProjectPlaces): readonly Place[] {
  return project !== null && isOpen(project) ? [project] : repositories;
}

/** Whether the webhooks of a place could be looked at. */
export function isOpen(place: Place): place is OpenPlace {
  return Array.isArray(place.hooks);
}

/** The webhooks that send to one of these URLs, the oldest first. */
export function sendingTo(hooks: readonly RestWebhook[], urls: readonly string[]): RestWebhook[] {
  return hooks.filter(({ url }) => urls.some((each) => sameUrl(url, each))).sort((a, b) => a.id - b.id);
}

/** Does something, or tells that it would. @returns 1 */
export async function act({ apply, log }: ManageOptions, what: string, change: () => Promise<void>): Promise<number> {
  if (apply) await change();
  log(`${apply ? 'done  ' : 'would '}  ${what}`);
  return 1;
}

/** The URLs that webhooks of ours have: as the command was told, the configuration says, or `ensure` has recorded. */
export async function urlsOf({ url, config, inbox }: Pick<ManageOptions, 'url' | 'config' | 'inbox'>): Promise<string[]> {
  if (url !== undefined) return [expectUrl(url)];
  const recorded = inbox === null ? [] : (await inbox.read(Number.MAX_SAFE_INTEGER, '')).urls;
  return [...new Set([...(config.webhookUrl === null ? [] : [config.webhookUrl]), ...recorded])];
}

/** @throws ConfigError that says what to write */
export function expectUrl(url: string | undefined): string {
  if (url === undefined || !/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    throw new ConfigError(
      '--url is missing or is no URL: write where Bitbucket reaches the receiver, such as --url https://hooks.example.com/webhooks/bitbucket_data_center.',
    );
  }
  return url;
}

function opened(place: Place): OpenPlace {
  if (!isOpen(place)) throw place.hooks instanceof Error ? place.hooks : new Error('a place was not looked at');
  return place;
}
