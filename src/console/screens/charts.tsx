import type { JSX } from 'preact';
import type { ApiSchema } from '../../client/api.js';
import { useHistory, useLimits, useRatio } from '../api/queries.js';
import { Bar, CountRow, Time } from '../parts/bits.js';
import { Chart, type ChartPoint, type ChartProps } from '../parts/chart.js';
import { amount } from '../parts/format.js';
import { Reason } from '../parts/reason.js';
import { hrefOf, type Route } from '../parts/route.js';
import { Shown } from '../parts/states.js';
import { texts } from '../texts.js';

const T = texts.charts;
type History = ApiSchema<'HistoryAnswer'>;
type Point = History['points'][number];
/** Of this weight a minute the exchange allows. */
const MOST_WEIGHT = 2_400;
const SPANS = ['hour', 'day'] as const;
const SPAN_MS = { hour: 3_600_000, day: 86_400_000 } as const;

/** What the process that answers counted itself, and below what the whole deployment has in Redis. */
export function Charts({ route: { query } }: { route: Route }): JSX.Element {
  const span = query.get('span') === 'day' ? 'day' : 'hour';
  const history = useHistory(span);
  return (
    <section aria-labelledby="title">
      <h1 id="title">{T.title}</h1>
      <p class="tabs">
        {SPANS.map((each) => (
          <a key={each} href={hrefOf('charts', '', { span: each })} aria-current={each === span ? 'true' : undefined}>
            {T.spans[each]}
          </a>
        ))}
      </p>
      <Shown query={history}>{(data) => <Counted history={data} />}</Shown>
      <h2>{T.deployment}</h2>
      <Deployment />
    </section>
  );
}

function Counted({ history }: { history: History }): JSX.Element {
  const { instance, roles, since_ms: sinceMs, at_ms: toMs, span, step_ms: stepMs, points, total, verdicts } = history;
  // The last step is not over yet, and is shown whole.
  const endMs = Math.ceil(toMs / stepMs) * stepMs;
  const common = { fromMs: endMs - SPAN_MS[span], toMs: endMs, stepMs };
  const drawn = (of: (point: Point) => readonly number[]): readonly ChartPoint[] =>
    points.map((point) => ({ atMs: point.at_ms, values: of(point) }));
  const waits = ({ wait_p50_ms: p50, wait_p90_ms: p90, wait_p99_ms: p99 }: Point): number[] => [
    p50 ?? 0,
    p90 ?? 0,
    p99 ?? 0,
  ];
  const denials = verdicts.filter(({ reason }) => reason !== '');
  const most = Math.max(...denials.map(({ count }) => count));
  return (
    <>
      <p class="dim">
        {T.counted(instance, roles.join(', '))} <Time atMs={sinceMs} age />
      </p>
      <div class="cards top">
        <Card title={T.waits} {...common} series={T.percentiles} how="nest" show={ms} points={drawn(waits)}>
          {total.claimed === 0 ? T.noWaits : T.waitsOf(total.claimed, waits(total).map(ms))}
        </Card>
        <Card
          title={T.verdicts}
          {...common}
          series={[T.allowed, T.denied]}
          how="stack"
          show={String}
          points={drawn(({ allowed, denied }) => [allowed, denied])}
          below={denials.map(({ issuer, reason, count }) => (
            <CountRow key={`${issuer} ${reason}`} count={count} most={most} name={reason}>
              <Reason word={reason} /> <span class="dim">{T.issuers[issuer] ?? issuer}</span>
            </CountRow>
          ))}
        >
          {T.verdictsOf(total.allowed, total.denied)}
        </Card>
        <Card
          title={T.closed}
          {...common}
          series={[T.usd]}
          how="stack"
          show={(value) => amount(value.toFixed(2))}
          points={drawn(({ closed_notional_usd: usd }) => [Number(usd)])}
        >
          {T.closedOf(amount(total.closed_notional_usd))}
        </Card>
        <Card
          title={T.weight}
          {...common}
          series={[T.weight]}
          how="stack"
          show={String}
          atLeast={MOST_WEIGHT}
          points={drawn(({ weight_used: weight }) => [weight])}
        >
          {T.weightOf(total.weight_used, MOST_WEIGHT)}
        </Card>
      </div>
    </>
  );
}

const ms = (value: number): string => `${Math.round(value)} ms`;

function Card({
  children,
  below,
  ...chart
}: ChartProps & { children: string; below?: readonly JSX.Element[] }): JSX.Element {
  return (
    <article class="card">
      <h2>{chart.title}</h2>
      <p>{children}</p>
      <Chart {...chart} />
      {below}
    </article>
  );
}

/** Of every process together. */
function Deployment(): JSX.Element {
  const ratio = useRatio();
  const limits = useLimits();
  return (
    <div class="cards">
      <article class="card">
        <h3>{T.newest}</h3>
        <Shown query={ratio}>
          {({ first_ms: firstMs, allowed, denied, rows }) => {
            const counted = byReason(rows);
            const most = Math.max(...counted.map(({ count }) => count));
            return (
              <>
                <p>
                  {T.verdictsOf(allowed, denied)} {texts.since} <Time atMs={firstMs} age />
                </p>
                {counted.map(({ issuer, verdict, reason, count }) => (
                  <CountRow
                    key={`${issuer} ${verdict} ${reason}`}
                    count={count}
                    most={most}
                    name={reason === '' ? T.allowed : reason}
                  >
                    {verdict === 'allow' ? T.allowed : <Reason word={reason} />}{' '}
                    <span class="dim">{T.issuers[issuer] ?? issuer}</span>
                  </CountRow>
                ))}
              </>
            );
          }}
        </Shown>
      </article>
      <article class="card">
        <h3>{T.notional}</h3>
        <Shown query={limits}>
          {({ limits: all }) =>
            all.map(({ symbol, reduce_notional_per_day_usd: limit }) => (
              <Bar key={symbol} label={symbol} used={limit?.used ?? '–'} limit={limit?.limit ?? null} />
            ))
          }
        </Shown>
      </article>
    </div>
  );
}

type Row = ApiSchema<'RatioRow'>;

/** The rows of all symbols together. */
function byReason(rows: readonly Row[]): readonly Row[] {
  const counts = new Map<string, Row>();
  for (const row of rows) {
    const key = `${row.issuer} ${row.verdict} ${row.reason}`;
    counts.set(key, { ...row, count: row.count + (counts.get(key)?.count ?? 0) });
  }
  return [...counts.values()].toSorted((left, right) => right.count - left.count);
}
