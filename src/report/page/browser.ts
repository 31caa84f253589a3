/// <reference lib="dom" />
import type { ChartLibrary } from './chart';
import { dayOf } from './days';
import type { Facts } from './facts';
import { type Filter, firstPeriod, periodOf } from './filter';
import { fieldsOf, results } from './markup';
import { unpack } from './packed';
import { sections } from './sections';
import { csv } from './text';

const NARROWEST = 280;
const PRINT_WIDTH = 680;

/** What runs in the page: reads the facts, fills the filters, and draws anew what they change. */
export async function start(): Promise<void> {
  if (typeof DecompressionStream === 'undefined') return say('Filters need a newer browser; the page shows the period above.');
  const facts = unpack(await unzipped('facts'));
  const script = document.createElement('script');
  script.textContent = new TextDecoder().decode(await unzipped('library'));
  document.head.append(script);
  const { echarts } = globalThis as unknown as { readonly echarts: ChartLibrary };
  new Page(facts, echarts).begin();
}

class Page {
  private filter: Filter;

  constructor(
    private readonly facts: Facts,
    private readonly library: ChartLibrary,
  ) {
    this.filter = this.read();
  }

  begin(): void {
    const { projects } = this.facts.head;
    fill(
      field('project'),
      projects.map((name) => [name, name] as const),
      'All projects',
    );
    this.fillRepositories();
    this.restore();
    for (const id of ['project', 'repository', 'period', 'from', 'to'])
      field(id).addEventListener('change', () => this.change(id));
    element('results').addEventListener('click', (event) => void this.click(event));
    let width = innerWidth;
    addEventListener('resize', () => {
      if (innerWidth !== width) this.draw();
      width = innerWidth;
    });
    addEventListener('beforeprint', () => this.draw(PRINT_WIDTH));
    addEventListener('afterprint', () => this.draw());
    this.change('');
    element('filters').removeAttribute('hidden');
    document.documentElement.dataset['ready'] = 'yes';
  }

  private fillRepositories(): void {
    const project = field('project').value;
    const named = this.facts.head.repositories
      .map(({ name, project: of }, index) => [String(index), name, of] as const)
      .filter(([, , of]) => project === '' || of === project);
    fill(field('repository'), named, 'All repositories');
  }

  private change(id: string): void {
    if (id === 'project') this.fillRepositories();
    if (id === 'from' || id === 'to') field('period').value = 'own';
    this.filter = this.read();
    const { from, to } = fieldsOf(this.filter);
    field('from').value = from;
    field('to').value = to;
    if (id !== '') this.remember();
    this.draw();
    if (id !== '') say(`Shown: ${from} to ${to}`);
  }

  private read(): Filter {
    const [project, repository, period] = ['project', 'repository', 'period'].map((id) => field(id).value);
    const days = periodOf(this.facts, period === 'own' || period === undefined ? firstPeriod(this.facts) : period);
    const own = { from: dayOf(field('from').value) ?? days.from, to: dayOf(field('to').value) ?? days.to };
    const ordered = own.from <= own.to ? own : { from: own.to, to: own.from };
    return {
      project: project === '' || project === undefined ? null : project,
      repository: repository === '' || repository === undefined ? null : Number(repository),
      ...(period === 'own' ? ordered : days),
    };
  }

  /** The choice is in the address, so that a link leads to the same. */
  private remember(): void {
    const chosen = ['project', 'repository', 'period', 'from', 'to'].map((id) => [id, field(id).value] as [string, string]);
    const isOwn = field('period').value === 'own';
    const kept = chosen.filter(([id, value]) => value !== '' && (isOwn || (id !== 'from' && id !== 'to')));
    try {
      history.replaceState(null, '', `#${new URLSearchParams(kept).toString()}`);
    } catch {
      return; // some browsers refuse it for a file
    }
  }

  private restore(): void {
    const kept = new URLSearchParams(location.hash.slice(1));
    for (const id of ['project', 'repository', 'period', 'from', 'to']) {
      const value = kept.get(id);
      if (value !== null) field(id).value = value;
      if (id === 'project') this.fillRepositories();
    }
  }

  private draw(width = Math.max(NARROWEST, element('results').clientWidth)): void {
    const opened = [...document.querySelectorAll('#results details[open]')].map((each) => placeOf(each));
    element('results').innerHTML = results(this.facts, this.filter, this.library, width);
    for (const each of document.querySelectorAll<HTMLDetailsElement>('#results details'))
      each.open = opened.includes(placeOf(each));
  }

  private async click(event: Event): Promise<void> {
    const button = event.target;
    if (!(button instanceof HTMLButtonElement)) return;
    const id = button.closest('section')?.id ?? '';
    const section = sections(this.facts, this.filter).find((each) => each.id === id);
    if (section === undefined) return;
    const table = csv(section.columns, section.rows);
    if (button.dataset['csv'] !== undefined) return save(`${id}.csv`, table);
    button.textContent = await navigator.clipboard
      .writeText(button.dataset['copy'] === 'sql' ? section.sql : table.replaceAll('\r\n', '\n'))
      .then(() => 'Copied')
      .catch(() => 'The browser does not allow it');
    say(button.textContent);
  }
}

function placeOf(details: Element): string {
  return `${details.closest('section')?.id ?? ''} ${details.className}`;
}

async function unzipped(id: string): Promise<Uint8Array> {
  const bytes = Uint8Array.from(atob(element(id).textContent), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function save(name: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

function fill(
  select: HTMLSelectElement | HTMLInputElement,
  entries: readonly (readonly [string, string, ...string[]])[],
  all: string,
): void {
  const options = [['', all] as const, ...entries].map(([value, text]) => new Option(text, value));
  select.replaceChildren(...options);
}

function say(text: string): void {
  element('status').textContent = text;
}

function field(id: string): HTMLSelectElement | HTMLInputElement {
  return element(id) as HTMLSelectElement | HTMLInputElement;
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no ${id}`);
  return found;
}
