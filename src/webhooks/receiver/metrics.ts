import type { Fill } from '../inbox/inbox';

/** Upper bounds of the answer times that are counted, in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
/** Keys that may become a label: whoever sends events chooses them, and labels must stay few. */
const KEY = /^(?:pr|repo|project|mirror|diagnostics):[a-z_:]{1,60}$/;
const MOST_KEYS = 100;

/** What a receiver counts, as Prometheus reads it (text format 0.0.4). */
export class Metrics {
  private readonly events = new Map<string, number>();
  private readonly answers = new Map<number, number>();
  private readonly buckets = BUCKETS.map(() => 0);
  private seconds = 0;
  private answered = 0;
  private duplicates = 0;

  constructor(private readonly startedAt: number) {}

  /** A signed event was stored. */
  event(key: string, isNew: boolean): void {
    if (!isNew) this.duplicates++;
    const label = KEY.test(key) && (this.events.has(key) || this.events.size < MOST_KEYS) ? key : 'other';
    this.events.set(label, (this.events.get(label) ?? 0) + 1);
  }

  /** A request to the webhook was answered. */
  answer(status: number, milliseconds: number): void {
    this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
    this.answered++;
    this.seconds += milliseconds / 1000;
    for (const [index, bound] of BUCKETS.entries())
      if (milliseconds / 1000 <= bound) this.buckets[index] = (this.buckets[index] ?? 0) + 1;
  }

  print({ marks, deliveries, position }: Fill): string {
    const name = 'bitbucket_webhook_';
    return [
      ...family(
        `${name}events_total`,
        'counter',
        'Signed events that were accepted, by event key.',
        [...this.events].map(([key, value]) => [`{event="${key}"}`, value]),
      ),
      ...family(`${name}duplicates_total`, 'counter', 'Accepted events whose X-Request-Id was known.', [['', this.duplicates]]),
      ...family(
        `${name}answers_total`,
        'counter',
        'Requests to the webhook path, by status.',
        [...this.answers].map(([status, value]) => [`{status="${status}"}`, value]),
      ),
      `# HELP ${name}answer_seconds Time from the request to its answer.`,
      `# TYPE ${name}answer_seconds histogram`,
      ...BUCKETS.map((bound, index) => `${name}answer_seconds_bucket{le="${bound}"} ${this.buckets[index] ?? 0}`),
      `${name}answer_seconds_bucket{le="+Inf"} ${this.answered}`,
      `${name}answer_seconds_sum ${this.seconds}`,
      `${name}answer_seconds_count ${this.answered}`,
      ...family(`${name}inbox_marks`, 'gauge', 'Pull requests and repositories that wait to be read again.', [['', marks]]),
      ...family(`${name}inbox_request_ids`, 'gauge', 'Request ids that are remembered.', [['', deliveries]]),
      ...family(`${name}inbox_position`, 'counter', 'Transactions that the inbox has taken.', [['', position]]),
      ...family(`${name}started_seconds`, 'gauge', 'When the receiver started, in Unix time.', [['', this.startedAt / 1000]]),
      '',
    ].join('\n');
  }
}

function family(
  name: string,
  type: string,
  help: string,
  values: readonly (readonly [labels: string, value: number])[],
): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...values.map(([labels, value]) => `${name}${labels} ${value}`)];
}
