import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { coverage } from './coverage';
import type { ChartLibrary } from './page/chart';
import { isoDay } from './page/days';
import type { Facts } from './page/facts';
import { firstPeriod, PERIODS, periodOf } from './page/filter';
import { results } from './page/markup';
import { pack } from './page/packed';
import { counted, escaped } from './page/text';
import { pageScript } from './page-script';

const STYLE = join(__dirname, '../../resources/report/page.css');
const FIRST_WIDTH = 960;

/** The chart library, and its text for the page. */
export interface Library {
  readonly charts: ChartLibrary;
  readonly source: string;
}

/** The whole page as HTML: it needs nothing beside itself, and its policy lets nothing else in. */
export function document(facts: Facts, library: Library): string {
  const filter = { project: null, repository: null, ...periodOf(facts, firstPeriod(facts)) };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; form-action 'none'; base-uri 'none'">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>Pull requests</title>
<style>
${readFileSync(STYLE, 'utf8')}</style>
</head>
<body>
<a class="skip" href="#results">To the numbers</a>
<header>
<h1>Pull requests</h1>
<p class="coverage">${escaped(coverage(facts))}</p>
</header>
<main>
${filters(facts)}
<p id="status" class="hidden" role="status"></p>
<noscript><p class="note">Filters need JavaScript; shown is the period above.</p></noscript>
<div id="results">${results(facts, filter, library.charts, FIRST_WIDTH)}</div>
</main>
<footer>${footer(facts)}</footer>
<script type="application/octet-stream" id="library">${zipped(Buffer.from(library.source))}</script>
<script type="application/octet-stream" id="facts">${zipped(pack(facts))}</script>
<script>${pageScript()}</script>
</body>
</html>
`;
}

function zipped(bytes: Uint8Array): string {
  return gzipSync(bytes, { level: 9 }).toString('base64');
}

function footer({ head }: Facts): string {
  const { bots, botPullRequests } = head.coverage;
  const counting = head.includesBots
    ? 'Bots are counted.'
    : `Bots are left out (${counted(botPullRequests, 'pull request')}); --include-bots counts them.`;
  const machines = bots.length === 0 ? 'No bot has opened or reviewed a pull request.' : `Bots: ${bots.join(', ')}. ${counting}`;
  const people = head.byPerson ? 'People are named.' : 'Nobody is named; --by-person names people.';
  return `<p>${escaped(`${machines} ${people}`)}</p><p>All that is shown is computed from this file alone; the definitions are in docs/metrics.md. Charts by Apache ECharts.</p>`;
}

function filters(facts: Facts): string {
  const { from, to } = periodOf(facts, firstPeriod(facts));
  const periods = PERIODS.map(
    ([value, text]) => `<option value="${value}"${value === firstPeriod(facts) ? ' selected' : ''}>${text}</option>`,
  );
  return `<form id="filters" class="filters" hidden aria-label="Filters" autocomplete="off">
<label>Project<select id="project"><option value="">All projects</option></select></label>
<label>Repository<select id="repository"><option value="">All repositories</option></select></label>
<label>Period<select id="period">${periods.join('')}</select></label>
<label>From<input type="date" id="from" value="${isoDay(from)}"></label>
<label>To<input type="date" id="to" value="${isoDay(to)}"></label>
</form>`;
}
