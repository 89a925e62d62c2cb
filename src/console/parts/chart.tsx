import type { JSX } from 'preact';
import { texts } from '../texts.js';
import { Table } from './bits.js';
import { localMinute } from './format.js';

export interface ChartPoint {
  readonly atMs: number;
  /** One for each series. */
  readonly values: readonly number[];
}

export interface ChartProps {
  readonly title: string;
  /** In the order of the values. */
  readonly series: readonly string[];
  readonly points: readonly ChartPoint[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  /** `stack`: one above the other, such as parts of a count. `nest`: one behind the other, such as percentiles; the largest last. */
  readonly how: 'stack' | 'nest';
  /** As it is shown. */
  readonly show: (value: number) => string;
  /** The least that the height of the chart stands for, such as a limit. */
  readonly atLeast?: number;
}

const [WIDTH, HEIGHT] = [600, 120];

/** Bars over time: where the process did not run there are none. The same numbers are in a table below. */
export function Chart(props: ChartProps): JSX.Element {
  const { title, series, points, fromMs, toMs, show } = props;
  const most = Math.max(props.atLeast ?? 0, ...points.map((point) => topOf(point, props.how)));
  return (
    <figure class="chart">
      <figcaption class="legend">
        {series.length > 1 &&
          series.map((name, at) => (
            <span key={name}>
              <span class={`swatch s${at}`} aria-hidden="true" /> {name}
            </span>
          ))}
      </figcaption>
      <div class="plot">
        <span class="num top">{most === 0 ? '' : show(most)}</span>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={title}>
          {most > 0 && points.map((point) => <Column key={point.atMs} point={point} most={most} chart={props} />)}
        </svg>
        <span class="num from">{localMinute(fromMs, toMs)}</span>
        <span class="num to">{localMinute(toMs, toMs)}</span>
      </div>
      <details class="json">
        <summary>{texts.charts.asTable}</summary>
        <Table
          label={title}
          heads={[texts.audit.time, ...series]}
          rows={points.map(({ atMs, values }) => ({
            key: String(atMs),
            cells: [localMinute(atMs, toMs), ...values.map(show)],
          }))}
        />
      </details>
    </figure>
  );
}

const topOf = ({ values }: ChartPoint, how: ChartProps['how']): number =>
  how === 'stack' ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values);

function Column({ point, most, chart }: { point: ChartPoint; most: number; chart: ChartProps }): JSX.Element {
  const { fromMs, toMs, stepMs, how, series, show } = chart;
  const scale = WIDTH / (toMs - fromMs);
  const left = Math.max(0, (point.atMs - fromMs) * scale);
  const width = Math.max(1, stepMs * scale - 1);
  let below = 0;
  const bars = point.values.map((value, at) => {
    const height = (value / most) * HEIGHT;
    const y = HEIGHT - below - height;
    if (how === 'stack') below += height;
    return <rect key={at} class={`s${at}`} x={left} width={width} y={y} height={height} />;
  });
  const says = point.values.map((value, at) => `${series[at] ?? ''} ${show(value)}`).join(', ');
  return (
    <g>
      <title>{`${localMinute(point.atMs, toMs)}: ${says}`}</title>
      {how === 'nest' ? bars.toReversed() : bars}
    </g>
  );
}
