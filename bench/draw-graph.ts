/**
 * A graph over load as SVG, from rows of the stored results: the median of each row as a point, its lowest and highest run as a
 * whisker, one line for each server. Text and lines take the reader's colours, dark or light. No dependency.
 */
import { median } from './result.ts';

export interface Point {
  readonly at: number;
  readonly values: readonly number[];
}

export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
}

export interface Graph {
  readonly title: string;
  /** `calls a second` */
  readonly across: string;
  /** `us of CPU per call` */
  readonly up: string;
  readonly lines: readonly Line[];
}

const [width, height] = [720, 380];
const plot = { left: 64, right: 700, top: 76, bottom: 324 };
const styles = `
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 }
  .grid { stroke: #8c959f; stroke-opacity: .35 }
  .series { fill: none; stroke-width: 2.5 }
  .s0 { stroke: #0969da } .f0 { fill: #0969da }
  .s1 { stroke: #bc4c00; stroke-dasharray: 6 4 } .f1 { fill: #bc4c00 }
  .s2 { stroke: #1a7f37; stroke-dasharray: 2 4 } .f2 { fill: #1a7f37 }
  .whisker { stroke-width: 1.5; stroke-dasharray: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .s0 { stroke: #58a6ff } .f0 { fill: #58a6ff }
    .s1 { stroke: #ffa657 } .f1 { fill: #ffa657 }
    .s2 { stroke: #7ee787 } .f2 { fill: #7ee787 }
  }`;

/** 1, 2 or 5 times a power of ten: about five steps up to `highest`. */
export function stepFor(highest: number): number {
  const rough = Math.max(highest, 1e-9) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
}

export function drawGraph({ title, across, up, lines }: Graph): string {
  const points = lines.flatMap((line) => line.points);
  const loads = [...new Set(points.map(({ at }) => at))].sort((a, b) => a - b);
  const step = stepFor(Math.max(...points.flatMap(({ values }) => values)));
  const top = step * Math.ceil(Math.max(...points.flatMap(({ values }) => values)) / step);
  // Loads grow by factors, so they stand at even distances by their logarithm.
  const [first, last] = [Math.log(loads[0] ?? 1), Math.log(loads.at(-1) ?? 1)];
  const x = (at: number) =>
    last === first
      ? (plot.left + plot.right) / 2
      : plot.left + 30 + ((Math.log(at) - first) / (last - first)) * (plot.right - plot.left - 60);
  const y = (value: number) => plot.bottom - (value / top) * (plot.bottom - plot.top);
  const parts = [
    text(plot.left, 24, title, 'class="title"'),
    text(plot.left, plot.top - 10, up),
    text(plot.right, height - 12, across, 'text-anchor="end"'),
    ...Array.from({ length: Math.round(top / step) + 1 }, (_, index) => level(index * step, y(index * step), step)),
    ...loads.map((at) => text(x(at), plot.bottom + 20, at.toLocaleString('en'), 'text-anchor="middle"')),
    ...lines.flatMap((line, index) => [legend(line.name, index, lines), ...series(line, index, x, y)]),
  ];
  const frame = `xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img"`;
  return `<svg ${frame} aria-label="${escapeText(title)}">\n<style>${styles}\n</style>\n${parts.join('\n')}\n</svg>\n`;
}

function level(value: number, y: number, step: number): string {
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  const label = value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const line = `<line class="grid" x1="${plot.left}" x2="${plot.right}" y1="${round(y)}" y2="${round(y)}"/>`;
  return `${line}${text(plot.left - 8, y + 4, label, 'text-anchor="end"')}`;
}

function series(line: Line, index: number, x: (at: number) => number, y: (value: number) => number): string[] {
  const sorted = [...line.points].sort((a, b) => a.at - b.at);
  const path = sorted.map(({ at, values }) => `${round(x(at))},${round(y(median(values)))}`).join(' ');
  return [
    `<polyline class="series s${index}" points="${path}"/>`,
    ...sorted.map(({ at, values }) => {
      const [low, high] = [y(Math.min(...values)), y(Math.max(...values))];
      const middle = `<circle class="f${index}" cx="${round(x(at))}" cy="${round(y(median(values)))}" r="4"/>`;
      return `<path class="whisker s${index}" d="M${round(x(at))} ${round(low)}V${round(high)}"/>${middle}`;
    }),
  ];
}

function legend(name: string, index: number, lines: readonly Line[]): string {
  const before = lines.slice(0, index).reduce((sum, line) => sum + line.name.length * 7 + 60, 0);
  const left = plot.left + before;
  const mark = `<path class="series s${index}" d="M${left} 44h28"/>`;
  return `${mark}${text(left + 36, 48, name)}`;
}

function text(x: number, y: number, content: string, more = ''): string {
  return `<text x="${round(x)}" y="${round(y)}"${more === '' ? '' : ` ${more}`}>${escapeText(content)}</text>`;
}

function round(value: number): string {
  return value.toFixed(1);
}

function escapeText(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
