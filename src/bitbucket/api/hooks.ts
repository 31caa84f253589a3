import { readJson } from '../transport/answer';
import { API } from './api';
import type { Client } from '../session/client';
import { BitbucketError } from '../errors';
import { pages, parsePage } from '../paging/pages';
import { isJson, type Json } from '../../config/json';

/** Where a webhook hangs: a project, or one repository of it. */
export interface HookScope {
  readonly key: string;
  /** Absent for the project itself. */
  readonly slug?: string;
}

export interface RestWebhook extends Json {
  readonly id: number;
  readonly name?: string;
  readonly url?: string;
  readonly active?: boolean;
  readonly events?: readonly string[];
  /** With `secret` in the versions that show it. */
  readonly configuration?: Json;
  /** What became of its deliveries, where it was asked for and the version tells. */
  readonly statistics?: Json;
}

/** What a webhook is to be. */
export interface WebhookDefinition {
  readonly name: string;
  readonly url: string;
  readonly active: boolean;
  readonly events: readonly string[];
  readonly configuration: { readonly secret: string };
  readonly sslVerificationRequired?: unknown;
}

/** The webhooks of a scope itself; those of its project are not among a repository's. @throws BitbucketError */
export async function listWebhooks(client: Client, scope: HookScope, statistics = false): Promise<RestWebhook[]> {
  const query = statistics ? { statistics } : {};
  const fetch = (start: number) =>
    client.ask(
      { kind: 'webhooks', path: pathOf(scope), query: { ...query, start, limit: 1000 }, lane: 'webhooks' },
      async (answer) => parsePage(await readJson(answer), isWebhook),
    );
  const found: RestWebhook[] = [];
  for await (const page of pages(fetch, ({ id }) => id)) found.push(...page);
  return found;
}

/** Sent once: whoever is not sure whether it arrived lists them. @throws BitbucketError */
export async function createWebhook(client: Client, scope: HookScope, definition: WebhookDefinition): Promise<void> {
  expectWebhook(await client.json({ kind: 'webhooks', method: 'POST', path: pathOf(scope), body: definition, lane: 'webhooks' }));
}

/** @throws BitbucketError */
export async function updateWebhook(client: Client, scope: HookScope, id: number, definition: WebhookDefinition): Promise<void> {
  expectWebhook(
    await client.json({ kind: 'webhooks', method: 'PUT', path: `${pathOf(scope)}/${id}`, body: definition, lane: 'webhooks' }),
  );
}

/** @throws BitbucketError */
export async function deleteWebhook(client: Client, scope: HookScope, id: number): Promise<void> {
  await client.json({ kind: 'webhooks', method: 'DELETE', path: `${pathOf(scope)}/${id}`, lane: 'webhooks' });
}

function pathOf({ key, slug }: HookScope): string {
  const project = `${API}/projects/${encodeURIComponent(key)}`;
  return slug === undefined ? `${project}/webhooks` : `${project}/repos/${encodeURIComponent(slug)}/webhooks`;
}

function expectWebhook(answer: unknown): void {
  if (!isWebhook(answer)) throw new BitbucketError('unexpected_answer', 'A webhook was answered with JSON of another kind');
}

const isWebhook = (value: unknown): value is RestWebhook => isJson(value) && typeof value.id === 'number';
