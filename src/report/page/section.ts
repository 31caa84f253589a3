/** A value in a table of the page. */
export type Cell = string | number | null;

/** A column of a table: its name in SQL, and how a person reads it. */
export interface Column {
  readonly name: string;
  readonly label: string;
  readonly kind: 'text' | 'number' | 'hours' | 'month' | 'day' | 'percent';
}

/** What a colour of a drawing stands for. */
export interface LegendEntry {
  readonly name: string;
  /** The variable of the style sheet that has the colour. */
  readonly variable: string;
  readonly form: 'bar' | 'line' | 'dashed';
}

/** A drawing: its height, and what the chart library is told, for a width. */
export interface Chart {
  readonly height: number;
  /** Empty where there is only one thing to see. */
  readonly legend: readonly LegendEntry[];
  readonly option: (width: number) => object;
}

/** A part of the page: a question, its answer in a sentence, as a chart, as a table, and the SQL that gives the same table. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly answer: string;
  readonly note: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** Addresses of the first cell of each row, where it has one. */
  readonly links?: readonly (string | null)[];
  /** Null: the table is what is shown. */
  readonly chart: Chart | null;
  readonly sql: string;
}

export function column(name: string, label: string, kind: Column['kind'] = 'number'): Column {
  return { name, label, kind };
}
