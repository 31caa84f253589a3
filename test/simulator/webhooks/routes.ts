import { ok, Refusal, refusals, type Answer } from '../answers';
import { page } from '../paging';
import { expectUser, findProject, findRepository } from '../routes/access';
import type { Call } from '../routes';
import { hasProjectHooks, knowsEvent, webhookDocument, type Scope, type Webhook } from './hooks';
import { scopeOf } from './index';

/** `projects/{key}/webhooks`, with what follows. */
export const ofProject = (call: Call): Answer => {
  const { context } = call;
  if (!hasProjectHooks(context.world))
    throw refusals.noSuchRoute(context.world.features.missingRoute, context.baseUrl() + call.url);
  expectUser(call);
  const project = findProject(call);
  if (context.webhooks.rights !== 'everywhere') throw refusals.notPermitted();
  return answer(call, scopeOf(project), call.parameters[1] ?? '');
};

/** `projects/{key}/repos/{slug}/webhooks`, with what follows. */
export const ofRepository = (call: Call): Answer => {
  expectUser(call);
  const repository = findRepository(call);
  if (call.context.webhooks.rights === 'nowhere') throw refusals.notPermitted();
  return answer(call, scopeOf(repository), call.parameters[2] ?? '');
};

const answer = (call: Call, scope: Scope, rest: string): Answer => {
  const { context, method, query, paging } = call;
  const { webhooks, world } = context;
  const statistics = webhooks.tellsStatistics && query.get('statistics') === 'true';
  if (rest === '') {
    if (method === 'GET')
      return ok(
        page(webhooks.of(scope), query, { ...paging('projects'), sparse: false }, (hook) =>
          webhookDocument(world, hook, statistics),
        ),
      );
    if (method !== 'POST') return { kind: 'empty', status: 405 };
    const given = definition(call);
    const made = webhooks.create(scope, { url: given.url });
    return ok(webhookDocument(world, Object.assign(made, given), false));
  }
  if (rest === 'test' && method === 'POST') return test(call);
  const hook = webhooks.get(scope, Number(rest));
  if (hook === undefined) throw refuse(404, null, `Webhook ${rest} does not exist`);
  if (method === 'GET') return ok(webhookDocument(world, hook, statistics));
  if (method === 'DELETE') {
    webhooks.remove(hook.id);
    return { kind: 'empty', status: 204 };
  }
  if (method !== 'PUT') return { kind: 'empty', status: 405 };
  const { secret, ...given } = definition(call);
  Object.assign(hook, given, { updatedDate: world.now() }, secret === undefined ? {} : { secret });
  return ok(webhookDocument(world, hook, false));
};

/** The connection test; that it has a `response` with a `statusCode` is how clients read it. */
const test = ({ context: { webhooks }, query }: Call): Answer => {
  const url = query.get('url') ?? '';
  if (!/^https?:\/\//.test(url)) throw refuse(400, 'url', 'A valid URL is required');
  return ok({ request: { url, method: 'POST' }, ...(webhooks.tested !== null && { response: { statusCode: webhooks.tested } }) });
};

type Definition = Pick<Webhook, 'name' | 'url' | 'active' | 'events' | 'secret' | 'sslVerificationRequired'>;

/** What a body asks for, or the refusal of the first thing wrong with it. */
const definition = ({ body, context: { world } }: Call): Definition => {
  const given = JSON.parse(body === '' ? 'null' : body) as Partial<Definition> & { configuration?: { secret?: string } };
  const { name, url, events = [], active = true, configuration, sslVerificationRequired = true } = given;
  if (name === undefined || name === '') throw refuse(400, 'name', 'A name is required');
  if (url === undefined || !/^https?:\/\//.test(url)) throw refuse(400, 'url', 'A valid URL is required');
  if (events.length === 0) throw refuse(400, 'events', 'At least one event is required');
  for (const [index, event] of events.entries()) {
    if (!knowsEvent(world, event)) throw refuse(400, `events[${index}].id`, `the event ${event} is unknown`);
  }
  return { name, url, events, active, secret: configuration?.secret, sslVerificationRequired };
};

const refuse = (status: number, context: string | null, message: string): Refusal =>
  new Refusal({
    kind: 'json',
    status,
    body: {
      errors: [{ context, message, exceptionName: status === 404 ? 'com.atlassian.bitbucket.NoSuchEntityException' : null }],
    },
  });
