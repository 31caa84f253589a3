import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Fill } from '../inbox/inbox';

const PREFIX = 'bitbucket_webhook_';
/** Upper bounds of the answer times that are counted, in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
/** Keys that may become a label: whoever sends events chooses them, and labels must stay few. */
const KEY = /^(?:pr|repo|project|mirror|diagnostics):[a-z_:]{1,60}$/;
const MOST_KEYS = 100;

/** What a receiver counts, as Prometheus reads it; a registry of its own, so that two receivers in one process count apart. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly keys = new Set<string>();
  private readonly events = this.counter('events_total', 'Signed events that were accepted, by event key.', ['event']);
  private readonly duplicates = this.counter('duplicates_total', 'Accepted events whose X-Request-Id was known.');
  private readonly answers = this.counter('answers_total', 'Requests to the webhook path, by status.', ['status']);
  private readonly gaps = this.counter('gaps_total', 'Refusals and failures after which repositories are listed again.');
  private readonly hints = this.gauge('inbox_marks', 'Pull requests and repositories that wait to be read again.');
  private readonly requestIds = this.gauge('inbox_request_ids', 'Request ids that are remembered.');
  private readonly position = this.counter('inbox_position', 'Changes that the inbox has taken.');
  private readonly seconds = new Histogram({
    name: `${PREFIX}answer_seconds`,
    help: 'Time from the request to its answer.',
    buckets: BUCKETS,
    registers: [this.registry],
  });

  /** @param startedAt in epoch milliseconds */
  constructor(startedAt: number) {
    this.gauge('started_seconds', 'When the receiver started, in Unix time.').set(startedAt / 1000);
  }

  /** What the text is, for the header. */
  get contentType(): string {
    return this.registry.contentType;
  }

  /** A signed event was stored. */
  event(key: string, isNew: boolean): void {
    if (!isNew) this.duplicates.inc();
    const isKept = KEY.test(key) && (this.keys.has(key) || this.keys.size < MOST_KEYS);
    if (isKept) this.keys.add(key);
    this.events.inc({ event: isKept ? key : 'other' });
  }

  /** A request to the webhook was answered. */
  answer(status: number, milliseconds: number): void {
    this.answers.inc({ status: String(status) });
    this.seconds.observe(milliseconds / 1000);
  }

  /** A delivery may be missing. */
  gap(): void {
    this.gaps.inc();
  }

  async print({ hints, deliveries, position }: Fill): Promise<string> {
    this.hints.set(hints);
    this.requestIds.set(deliveries);
    this.position.reset();
    this.position.inc(position);
    return this.registry.metrics();
  }

  private counter<Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Counter<Label> {
    return new Counter({ name: PREFIX + name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  private gauge(name: string, help: string): Gauge {
    return new Gauge({ name: PREFIX + name, help, registers: [this.registry] });
  }
}
