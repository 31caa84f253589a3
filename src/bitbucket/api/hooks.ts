import { projectPath, repositoryPath } from '../paths';
import type { Sender } from '../session/sender';
import { BitbucketError } from '../errors';
import { of } from './payloads';
import type { PageSizes } from '../paging/page-sizes';
import { pageOf, Requester } from './requester';
import { isJson, type Json } from '../../config/json';

const LANE = 'webhooks';

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

/** Webhooks of projects and repositories; each call throws BitbucketError. */
export class WebhooksApi {
  private readonly requester: Requester;

  constructor(
    private readonly session: Sender,
    pageSizes: PageSizes,
  ) {
    this.requester = new Requester({ session, by: { lane: LANE }, pageSizes });
  }

  /** Those of the scope itself; those of its project are not among a repository's. */
  async list(scope: HookScope, statistics = false): Promise<RestWebhook[]> {
    const found: RestWebhook[] = [];
    const query = statistics ? { statistics } : {};
    const list = {
      kind: 'webhooks',
      path: pathOf(scope),
      query,
      readPage: pageOf(of(isWebhook)),
      idOf: ({ id }: RestWebhook) => id,
    };
    for await (const page of this.requester.list(list)) found.push(...page);
    return found;
  }

  /** Sent once: whoever is not sure whether it arrived lists them. */
  async create(scope: HookScope, definition: WebhookDefinition): Promise<void> {
    expectWebhook(await this.change('POST', pathOf(scope), definition));
  }

  async update(scope: HookScope, id: number, definition: WebhookDefinition): Promise<void> {
    expectWebhook(await this.change('PUT', `${pathOf(scope)}/${id}`, definition));
  }

  async delete(scope: HookScope, id: number): Promise<void> {
    await this.change('DELETE', `${pathOf(scope)}/${id}`);
  }

  /** Has the server send its own test, unsigned, to a URL. @returns what it says of it, in a form that no reference describes */
  async test(scope: HookScope, url: string): Promise<unknown> {
    return this.session.json({ kind: 'webhooks', method: 'POST', path: `${pathOf(scope)}/test`, query: { url }, lane: LANE });
  }

  private change(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: WebhookDefinition): Promise<unknown> {
    return this.session.json({ kind: 'webhooks', method, path, lane: LANE, ...(body !== undefined && { body }) });
  }
}

function pathOf({ key, slug }: HookScope): string {
  return `${slug === undefined ? projectPath(key) : repositoryPath({ key, slug })}/webhooks`;
}

function expectWebhook(answer: unknown): void {
  if (!isWebhook(answer)) throw new BitbucketError('unexpected_answer', 'A webhook the answer is JSON of another kind');
}

const isWebhook = (value: unknown): value is RestWebhook => isJson(value) && typeof value.id === 'number';
