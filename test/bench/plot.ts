import type { LatencySummary } from './latencies.js';
import type { Report } from './bench.js';

const WIDTH = 820;
const HEIGHT = 380;
const MARGIN = { left: 70, right: 220, top: 20, bottom: 45 };
const COLOURS = ['#1f77b4', '#d62728', '#2ca02c', '#9467bd', '#ff7f0e', '#17becf', '#8c564b', '#e377c2', '#7f7f7f'];
const TICKS = [50, 90, 99, 99.9, 99.99];

interface Curve {
  readonly label: string;
  readonly curve: LatencySummary['curve'];
}

/** Percentiles stretched towards the tail: 90, 99 and 99.9 are equally far apart. */
const stretched = (percentile: number): number => -Math.log10(1 - Math.min(percentile, 99.99) / 100);

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

function plot(curves: readonly Curve[]): string {
  const drawn = curves.filter(({ curve }) => curve.length > 0);
  const values = drawn.flatMap(({ curve }) => curve.map(([, ms]) => ms)).filter((ms) => ms > 0);
  const [low, high] = [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))];
  const right = WIDTH - MARGIN.right;
  const bottom = HEIGHT - MARGIN.bottom;
  const x = (percentile: number): number => MARGIN.left + (stretched(percentile) / 4) * (right - MARGIN.left);
  const y = (ms: number): number => bottom - ((Math.log10(ms) - low) / Math.max(1, high - low)) * (bottom - MARGIN.top);
  const parts: string[] = [];
  for (let power = low; power <= high; power += 1) {
    const at = y(10 ** power).toFixed(1);
    parts.push(`<line x1="${MARGIN.left}" x2="${right}" y1="${at}" y2="${at}" stroke="#ddd"/>`);
    parts.push(`<text x="${MARGIN.left - 8}" y="${at}" text-anchor="end" dy="4">${10 ** power} ms</text>`);
  }
  for (const tick of TICKS)
    parts.push(`<text x="${x(tick).toFixed(1)}" y="${bottom + 20}" text-anchor="middle">${tick} %</text>`);
  for (const [index, { label, curve }] of drawn.entries()) {
    const stroke = COLOURS[index % COLOURS.length] ?? '#000';
    const points = curve.map(
      ([percentile, ms]) => `${x(percentile).toFixed(1)},${y(Math.max(ms, 10 ** low)).toFixed(1)}`,
    );
    parts.push(`<polyline points="${points.join(' ')}" fill="none" stroke="${stroke}" stroke-width="2"/>`);
    parts.push(
      `<text x="${right + 12}" y="${MARGIN.top + 18 * (index + 1)}" fill="${stroke}">${escaped(label)}</text>`,
    );
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" font-family="sans-serif" font-size="12">${parts.join('')}</svg>`;
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  return `<table>${line(head, 'th')}${rows.map((row) => line(row, 'td')).join('')}</table>`;
}

/** The report as one page that needs nothing else. */
export function plotPage({ machine, effort, findings, verdicts }: Report): string {
  const sections = Object.values(findings).map(({ title, head, rows, curves = [] }) =>
    [`<h2>${escaped(title)}</h2>`, curves.length === 0 ? '' : plot(curves), tableOf(head, rows)].join('\n'),
  );
  const judged = verdicts.map((each) => [
    each.figure,
    each.wanted,
    each.measured === null ? '–' : `${each.measured.toPrecision(4)} ${each.unit}`,
    each.verdict,
  ]);
  return `<!doctype html>
<meta charset="utf-8"><title>permit-gate bench</title>
<style>body{font:14px sans-serif;max-width:900px;margin:2em auto}td,th{padding:2px 12px 2px 0;text-align:left}</style>
<h1>permit-gate bench</h1>
<p>${escaped(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, Redis ${machine.redis}, fsync ${machine.fsync}, commit ${machine.commit}, ${effort}, ${machine.startedAt}`)}</p>
${tableOf(['figure', 'target', 'measured', 'verdict'], judged)}
${sections.join('\n')}
`;
}
