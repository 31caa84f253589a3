import { type ChartLibrary, painted } from './chart';
import type { Facts } from './facts';
import { type Filter } from './filter';
import { isoDay, longDay } from './days';
import type { Cell, Chart, Column, Section } from './section';
import { sections } from './sections';
import { escaped, shown } from './text';
import { type Tile, tiles } from './tiles';

/** More rows would make the page slow; the CSV has all. */
const MOST_ROWS = 100;

/** All that depends on the filter: the four numbers and the parts, as HTML. */
export function results(facts: Facts, filter: Filter, library: ChartLibrary, width: number): string {
  const parts = sections(facts, filter).map((section) => part(section, library, width));
  return `<p class="period">${daysOf(filter)}</p>
<ul class="tiles">${tiles(facts, filter).map(tileMarkup).join('')}</ul>
${parts.join('\n')}`;
}

function daysOf({ from, to }: Filter): string {
  return from === to ? longDay(from) : `${longDay(from)} – ${longDay(to)}`;
}

function tileMarkup({ id, label, value, detail, change, isBetter }: Tile): string {
  const judged = isBetter === null ? '' : isBetter ? ' better' : ' worse';
  const words = isBetter === null ? '' : `<span class="hidden">, ${isBetter ? 'better' : 'worse'}</span>`;
  return `<li class="tile" id="tile-${id}"><span class="label">${label}</span><span class="value">${escaped(value)}</span><span class="detail">${escaped(detail)}</span><span class="change${judged}">${escaped(change)}${words}</span></li>`;
}

function part(section: Section, library: ChartLibrary, width: number): string {
  const { id, title, answer, note, chart, sql } = section;
  const table = tableMarkup(section);
  const figure =
    chart === null
      ? table
      : `${legendMarkup(chart)}<div class="chart" role="img" aria-label="${escaped(`${title}. ${answer}`)}">${painted(library, chart, width)}</div>`;
  const details =
    chart === null ? '' : `<details><summary>Table<span class="hidden"> of ${escaped(title)}</span></summary>${table}</details>`;
  return `<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${escaped(title)}</h2>
<p class="answer">${escaped(answer)}</p>
${figure}
<p class="note">${escaped(note)}</p>
${details}
<details class="query"><summary>SQL<span class="hidden"> of ${escaped(title)}</span></summary>
<pre tabindex="0"><code>${escaped(sql)}</code></pre><p class="buttons"><button type="button" data-copy="sql">Copy SQL</button></p></details>
</section>`;
}

function legendMarkup({ legend }: Chart): string {
  const entries = legend.map(
    ({ name, variable, form }) => `<li><span class="mark ${form}" style="color:var(${variable})"></span>${escaped(name)}</li>`,
  );
  return entries.length === 0 ? '' : `<ul class="legend" aria-hidden="true">${entries.join('')}</ul>`;
}

function tableMarkup(section: Section): string {
  const { id, title, columns, rows } = section;
  if (rows.length === 0) return '';
  const head = columns.map((each) => `<th scope="col"${isNumber(each) ? ' class="number"' : ''}>${escaped(each.label)}</th>`);
  // The numbers of a column stand below each other with as many decimals.
  const decimals = columns.map((_, place) => (rows.some((row) => isBroken(row[place] ?? null)) ? 1 : 0));
  const body = rows
    .slice(0, MOST_ROWS)
    .map((row, index) => `<tr>${row.map((_, place) => cell(section, index, place, decimals[place] ?? 0)).join('')}</tr>`);
  const more =
    rows.length > MOST_ROWS ? `<p class="note">The first ${MOST_ROWS} of ${rows.length} rows; the CSV has all.</p>` : '';
  return `<div class="table" tabindex="0" role="region" aria-label="Table of ${escaped(title)}"><table><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>${more}
<p class="buttons"><button type="button" data-copy="${id}">Copy table</button> <button type="button" data-csv="${id}">Save CSV</button></p>`;
}

function cell({ columns, rows, links }: Section, index: number, place: number, decimals: number): string {
  const column = columns[place];
  if (column === undefined) return '';
  const text = escaped(shown(rows[index]?.[place] ?? null, column, decimals));
  const link = place === 0 ? safe(links?.[index] ?? null) : null;
  const inner = link === null ? text : `<a href="${escaped(link)}" rel="noreferrer">${text}</a>`;
  return place === 0 ? `<th scope="row">${inner}</th>` : `<td${isNumber(column) ? ' class="number"' : ''}>${inner}</td>`;
}

function isBroken(cell: Cell): boolean {
  return typeof cell === 'number' && !Number.isInteger(cell);
}

function isNumber({ kind }: Column): boolean {
  return kind === 'number' || kind === 'hours' || kind === 'percent';
}

/** Only addresses of web pages become links. */
function safe(url: string | null): string | null {
  return url !== null && /^https?:\/\//i.test(url) ? url : null;
}

/** The days of a filter as the fields for dates hold them. */
export function fieldsOf({ from, to }: Filter): { readonly from: string; readonly to: string } {
  return { from: isoDay(from), to: isoDay(to) };
}
