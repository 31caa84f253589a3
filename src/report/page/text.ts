import { longDay, monthName, dayOf } from './days';
import type { Cell, Column } from './section';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** A text that HTML shows as it is, also inside of an attribute. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** `12,345`; decimals only where there are any. @param decimals how many there are at least */
export function number(value: number, decimals = 0): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: 1 });
}

/** `3 pull requests`, `1 pull request`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}

/** `4.5 pull requests are merged per week`; the verb goes with the number as it is shown. Less than a week has no rate: `3 … in 2 days`. */
export function perWeek(count: number, days: number, one: string, many: string): string {
  if (days < 7) return `${number(count)} ${count === 1 ? one : many} in ${counted(days, 'day')}`;
  const shown = number((count * 7) / days);
  return `${shown} ${shown === '1' ? one : many} per week`;
}

/** Hours as a person says them: minutes below one hour, days from two days on. */
export function duration(hours: number | null): string {
  if (hours === null) return '–';
  const minutes = Math.round(hours * 60);
  if (minutes < 60) return `${minutes} min`;
  return hours < 48 ? `${number(hours)} h` : `${number(hours / 24)} days`;
}

/** A cell as the table shows it. @param decimals that every number of its column has */
export function shown(cell: Cell, { kind }: Column, decimals: number): string {
  if (cell === null) return '–';
  if (kind === 'percent') return `${number(Number(cell), decimals)} %`;
  if (typeof cell === 'number') return number(cell, decimals);
  const day = kind === 'month' || kind === 'day' ? dayOf(cell) : null;
  if (day === null) return cell;
  return kind === 'month' ? monthName(day) : longDay(day);
}

/** Rows as CSV, with the names of SQL; what a spreadsheet would take for a formula is text. */
export function csv(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  const quoted = (cell: Cell): string => {
    if (typeof cell !== 'string') return cell === null ? '' : String(cell);
    const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns.map(({ name }) => name), ...rows].map((row) => `${row.map(quoted).join(',')}\r\n`).join('');
}
