import type { Chart, LegendEntry } from './section';

/** Colours by which the style sheet's are known in a drawing; `painted` puts those in their place. */
export const INK = '#010203';
const MUTED = '#010204';
const LINE = '#010205';
export const SERIES = ['#0102a1', '#0102a2', '#0102a3', '#0102a4'] as const;
const VARIABLES: Readonly<Record<string, string>> = {
  [INK]: '--ink',
  [MUTED]: '--muted',
  [LINE]: '--line',
  ...Object.fromEntries(SERIES.map((colour, index) => [colour, `--series-${index + 1}`])),
};
const NARROW = 480;
/** As wide as a character of a label may be: the library cannot measure the fonts of whoever reads the page. */
const CHARACTER = 8;
/** Beyond so many points a line is clearer without dots. */
const MOST_SYMBOLS = 30;

/** One line or row of bars. */
export interface Series {
  readonly name: string;
  readonly data: readonly (number | null)[];
  readonly type: 'bar' | 'line';
  readonly colour: string;
  readonly isStacked?: boolean;
  readonly isDashed?: boolean;
}

/** Bars and lines over categories, with a legend where there are several. */
export function chart(categories: readonly string[], unit: string, series: readonly Series[], isLying = false): Chart {
  const height = isLying ? 60 + categories.length * 26 : 300;
  return {
    height,
    legend: series.length > 1 ? series.map(legendEntry) : [],
    option: (width) => option(categories, unit, series, isLying, width),
  };
}

function option(categories: readonly string[], unit: string, series: readonly Series[], isLying: boolean, width: number): object {
  const text = { color: MUTED, fontSize: 12 };
  const room = width < NARROW ? 120 : 220;
  const category = {
    type: 'category',
    data: isLying ? categories.map((name) => shortened(name, Math.floor(room / CHARACTER))) : categories,
    inverse: isLying,
    axisLabel: { ...text, hideOverlap: true, ...(isLying ? { interval: 0 } : {}) },
    axisLine: { lineStyle: { color: LINE } },
    axisTick: { show: false },
  };
  const value = {
    type: 'value',
    name: unit,
    nameTextStyle: { ...text, align: isLying ? 'right' : 'left', padding: isLying ? 0 : [0, 0, 0, -roomFor(series) + 4] },
    nameLocation: 'end',
    minInterval: unit === 'hours' || unit === 'days' ? 0 : 1,
    splitNumber: width < NARROW ? 3 : 5,
    axisLabel: text,
    splitLine: { lineStyle: { color: LINE } },
  };
  return {
    animation: false,
    textStyle: { fontFamily: 'inherit', color: INK },
    grid: {
      left: isLying ? room + 12 : roomFor(series),
      right: isLying ? 28 : 24,
      top: isLying ? 8 : 32,
      bottom: isLying ? 32 : 28,
    },
    xAxis: isLying ? { ...value, name: '' } : category,
    yAxis: isLying ? category : value,
    series: series.map(drawn),
  };
}

/** What the longest number beside the axis takes; stacked bars may be as high as all of them. */
function roomFor(series: readonly Series[]): number {
  const most = Math.max(...series.flatMap(({ data }) => data.map((value) => value ?? 0)));
  const digits = most < 1 ? '0.08' : most < 10 ? '1.5' : Math.ceil(most * 1.5).toString();
  return 24 + 9 * digits.length;
}

/** The beginning and the end of a name: names of repositories often begin alike. */
function shortened(name: string, most: number): string {
  const characters = Array.from(name);
  const half = Math.floor((most - 1) / 2);
  return characters.length <= most ? name : `${characters.slice(0, half).join('')}…${characters.slice(-half).join('')}`;
}

function drawn({ name, data, type, colour, isStacked = false, isDashed = false }: Series): object {
  return {
    ...{ name, type, data, silent: true },
    ...(isStacked ? { stack: 'all' } : {}),
    ...(type === 'bar'
      ? { barMaxWidth: 36 }
      : { symbol: 'circle', symbolSize: 6, showSymbol: data.length <= MOST_SYMBOLS, connectNulls: false }),
    itemStyle: { color: colour },
    lineStyle: { color: colour, width: 2, type: isDashed ? 'dashed' : 'solid' },
  };
}

function legendEntry({ name, type, colour, isDashed = false }: Series): LegendEntry {
  return { name, variable: VARIABLES[colour] ?? '--ink', form: type === 'bar' ? 'bar' : isDashed ? 'dashed' : 'line' };
}

/** The library as far as it is used: it draws without a browser. */
export interface ChartLibrary {
  init(
    element: null,
    theme: null,
    options: object,
  ): { setOption(option: object): void; renderToSVGString(): string; dispose(): void };
}

/** The drawing as SVG in the colours of the style sheet. */
export function painted(library: ChartLibrary, { height, option: optionFor }: Chart, width: number): string {
  const drawing = library.init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    drawing.setOption(optionFor(width));
    return drawing
      .renderToSVGString()
      .replace(/<style[\s\S]*?<\/style>/g, '')
      .replace(/font-family:[^;"]*;?/g, '')
      .replace(/<svg /, '<svg aria-hidden="true" focusable="false" ')
      .replace(/(fill|stroke)="(#0102\w\w)"/gi, (whole, property: string, colour: string) => {
        const variable = VARIABLES[colour.toLowerCase()];
        return variable === undefined ? whole : `style="${property}:var(${variable})"`;
      })
      .replace(/<[^>]*style="[^"]*"[^>]*style="[^"]*"[^>]*>/g, oneStyle);
  } finally {
    drawing.dispose();
  }
}

/** An element may have one attribute of a name only. */
function oneStyle(tag: string): string {
  const styles = [...tag.matchAll(/ style="([^"]*)"/g)].map(([, style = '']) => style.replace(/;$/, ''));
  return tag.replace(/ style="[^"]*"/g, '').replace(/(\/?)>$/, ` style="${styles.join(';')}"$1>`);
}

/** Hours in the unit that suits the greatest of them. */
export function scaled(hours: readonly (number | null)[][]): {
  readonly unit: string;
  readonly of: (value: number | null) => number | null;
} {
  const most = Math.max(0, ...hours.flat().map((value) => value ?? 0));
  return most < 72
    ? { unit: 'hours', of: (value) => value }
    : { unit: 'days', of: (value) => (value === null ? null : Math.round((value / 24) * 100) / 100) };
}
