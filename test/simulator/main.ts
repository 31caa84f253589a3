import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { Simulator, type Dataset, type SimulatorOptions, type StreamName } from './index';

/*
 * The simulator as a process of its own:
 *   node -r @swc-node/register test/simulator/main.ts --port 0 --dataset demo
 * The first line of its output is JSON with url and credentials. Lines of JSON on its input are calls, each answered by one line:
 *   {"call":"history.approve","arguments":[{"repositoryId":1,"id":2},"jane"]}
 *   {"call":"truth.rows","arguments":["projects"]}   {"call":"requests"}   {"call":"clearRequests"}   {"call":"stop"}
 * It ends with its input, so that it does not outlive whoever started it; `--detached` ends on a signal only.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    version: { type: 'string' },
    context: { type: 'string' },
    dataset: { type: 'string', default: 'demo' },
    latency: { type: 'string', default: '0' },
    detached: { type: 'boolean', default: false },
    options: { type: 'string', default: '{}' },
  },
});

/** `tiny`, `demo`, `empty`, or JSON such as `{"large":{"repositories":1,"pullRequests":100000}}`. */
const dataset = (values.dataset.startsWith('{') ? JSON.parse(values.dataset) : values.dataset) as Dataset;

const options: SimulatorOptions = {
  port: Number(values.port),
  seed: Number(values.seed),
  dataset,
  latencyMs: Number(values.latency),
  ...(JSON.parse(values.options) as SimulatorOptions),
  ...(values.version === undefined ? {} : { version: values.version as NonNullable<SimulatorOptions['version']> }),
  ...(values.context === undefined ? {} : { contextPath: values.context }),
};

interface Call {
  readonly call: string;
  readonly arguments?: readonly unknown[];
}

const answer = (simulator: Simulator, { call, arguments: given = [] }: Call): unknown => {
  const [object, method = ''] = call.split('.');
  if (object === 'history') {
    const event = (simulator.history as Record<string, unknown>)[method];
    if (typeof event !== 'function') throw new Error(`There is no event ${method}`);
    return (event as (...parameters: readonly unknown[]) => unknown)(...given);
  }
  if (call === 'truth.rows') return simulator.truth.rows(given[0] as StreamName, given[1] as object);
  if (call === 'requests')
    return { count: simulator.requests.length, maxInFlight: simulator.maxInFlight, routes: countRoutes(simulator) };
  if (call === 'clearRequests') {
    simulator.clearRequests();
    return null;
  }
  throw new Error(`There is nothing to call ${call}`);
};

const countRoutes = ({ requests }: Simulator): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { route } of requests) counts[route] = (counts[route] ?? 0) + 1;
  return counts;
};

const main = async (): Promise<void> => {
  const simulator = await Simulator.start(options);
  const print = (value: unknown): void => console.log(JSON.stringify(value));
  print({ url: simulator.url, credentials: simulator.credentials });
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => void simulator.stop().then(() => process.exit(0)));
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === '') continue;
    try {
      const call = JSON.parse(line) as Call;
      if (call.call === 'stop') {
        await simulator.stop();
        return;
      }
      print({ result: answer(simulator, call) ?? null });
    } catch (error) {
      print({ error: error instanceof Error ? error.message : String(error) });
    }
  }
  if (!values.detached) await simulator.stop();
};

void main();
