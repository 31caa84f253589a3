import { at, DEPLOYMENT_COLUMNS, type Facts, type Head, PULL_REQUEST_COLUMNS, REVIEW_COLUMNS } from './facts';

/** Rows are sorted by these, so that the difference to the row before is a small number. */
const SORTED: readonly string[] = ['repository', 'opened', 'day'];
const LENGTH_BYTES = 4;
const BYTE = 256;
const TABLES = [
  ['pullRequests', PULL_REQUEST_COLUMNS],
  ['reviews', REVIEW_COLUMNS],
  ['deployments', DEPLOYMENT_COLUMNS],
] as const;

interface Header {
  readonly head: Head;
  readonly rows: Readonly<Record<string, number>>;
}

/** Facts as bytes: the length of a header, the header as JSON, then each column as planes of bytes. */
export function pack(facts: Facts): Uint8Array {
  const rows = Object.fromEntries(TABLES.map(([table]) => [table, facts[table].repository.length]));
  const header = new TextEncoder().encode(JSON.stringify({ head: facts.head, rows } satisfies Header));
  const bytes: number[] = [];
  for (const [table, names] of TABLES) {
    const columns: Readonly<Record<string, Float64Array>> = facts[table];
    for (const name of names) writeColumn(bytes, columns[name] ?? new Float64Array(), SORTED.includes(name));
  }
  const packed = new Uint8Array(LENGTH_BYTES + header.length + bytes.length);
  new DataView(packed.buffer).setUint32(0, header.length);
  packed.set(header, LENGTH_BYTES);
  packed.set(bytes, LENGTH_BYTES + header.length);
  return packed;
}

/** The opposite of `pack`. */
export function unpack(packed: Uint8Array): Facts {
  const length = new DataView(packed.buffer, packed.byteOffset).getUint32(0);
  const start = LENGTH_BYTES + length;
  const { head, rows } = JSON.parse(new TextDecoder().decode(packed.subarray(LENGTH_BYTES, start))) as Header;
  const source = { bytes: packed, at: start };
  const table = (name: string, names: readonly string[]) =>
    Object.fromEntries(names.map((column) => [column, readColumn(source, rows[name] ?? 0, SORTED.includes(column))]));
  const tables = Object.fromEntries(TABLES.map(([name, names]) => [name, table(name, names)]));
  return { head, ...tables } as unknown as Facts;
}

/** The number of planes, then the lowest bytes of all numbers, then the next higher ones, and so on: like beside like packs well. */
function writeColumn(bytes: number[], column: Float64Array, isSorted: boolean): void {
  let before = 0;
  let rest = column.map((value) => {
    const difference = isSorted ? value - before : value;
    before = value;
    // Signed numbers alternate: 0, -1, 1, -2, …
    return difference < 0 ? -2 * difference - 1 : 2 * difference;
  });
  const place = bytes.push(0) - 1;
  for (let planes = 1; rest.some((number) => number > 0); planes++) {
    for (const number of rest) bytes.push(number % BYTE);
    rest = rest.map((number) => Math.floor(number / BYTE));
    bytes[place] = planes;
  }
}

function readColumn(source: { readonly bytes: Uint8Array; at: number }, rows: number, isSorted: boolean): Float64Array {
  const numbers = new Float64Array(rows);
  const planes = source.bytes[source.at++] ?? 0;
  for (let plane = 0, scale = 1; plane < planes; plane++, scale *= BYTE)
    for (let row = 0; row < rows; row++) numbers[row] = at(numbers, row) + (source.bytes[source.at++] ?? 0) * scale;
  let before = 0;
  return numbers.map((number) => {
    const difference = number % 2 === 1 ? -(number + 1) / 2 : number / 2;
    before = isSorted ? before + difference : difference;
    return before;
  });
}
