import type { JSX } from 'preact';
import { usePlans, useLimits, useRatio, useStatus } from '../api/queries.js';
import { Bar, Time } from '../parts/bits.js';
import { amount } from '../parts/format.js';
import { Shown } from '../parts/states.js';
import { texts } from '../texts.js';

const T = texts.charts;
/** Of this weight a minute the exchange allows. */
const MOST_WEIGHT = '2400';

/** From what the interface gives now: the newest plans, the counters of the limits, and the verdicts in the stream. */
export function Charts(): JSX.Element {
  const plans = usePlans('', [], 200);
  const ratio = useRatio();
  const limits = useLimits();
  const status = useStatus();
  return (
    <section aria-labelledby="title">
      <h1 id="title">{T.title}</h1>
      <div class="cards">
        <article class="card">
          <h2>{T.waits}</h2>
          <Shown query={plans}>
            {(all) => {
              const tookMs = all
                .filter(({ executed }) => executed === true)
                .map(({ ended_ms: endedMs, published_ms: publishedMs }) => (endedMs ?? publishedMs) - publishedMs)
                .toSorted((left, right) => left - right);
              if (tookMs.length === 0) return <p class="state">{T.noWaits}</p>;
              const most = String(Math.max(1, tookMs.at(-1) ?? 1));
              return (
                <>
                  <p class="dim">{T.waitsOf(tookMs.length)}</p>
                  {percentiles(tookMs).map(([label, ms]) => (
                    <Bar key={label} label={label} used={String(ms)} limit={most}>
                      ms
                    </Bar>
                  ))}
                </>
              );
            }}
          </Shown>
        </article>
        <article class="card">
          <h2>{T.verdicts}</h2>
          <Shown query={ratio}>
            {({ first_ms: firstMs, allowed, denied, rows }) => {
              const most = String(Math.max(1, ...rows.map(({ count }) => count)));
              return (
                <>
                  <p>
                    {amount(allowed)} {T.allowed}, {amount(denied)} {T.denied}. {T.since} <Time atMs={firstMs} />
                  </p>
                  {byReason(rows).map(({ label, count }) => (
                    <Bar key={label} label={label} used={String(count)} limit={most} />
                  ))}
                </>
              );
            }}
          </Shown>
        </article>
        <article class="card">
          <h2>{T.notional}</h2>
          <Shown query={limits}>
            {({ limits: all }) =>
              all.map(({ symbol, reduce_notional_per_day_usd: limit }) => (
                <Bar key={symbol} label={symbol} used={limit?.used ?? '–'} limit={limit?.limit ?? null} />
              ))
            }
          </Shown>
        </article>
        <article class="card">
          <h2>{T.weight}</h2>
          <Shown query={status}>
            {({ exchange, instance }) => (
              <Bar label={instance} used={String(exchange.weight_used_1m ?? '–')} limit={MOST_WEIGHT} />
            )}
          </Shown>
        </article>
      </div>
    </section>
  );
}

function percentiles(sorted: readonly number[]): readonly (readonly [label: string, ms: number])[] {
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const { p50, p90, p99, max } = T.percentiles;
  return [
    [p50, at(0.5)],
    [p90, at(0.9)],
    [p99, at(0.99)],
    [max, at(1)],
  ];
}

/** The rows of all symbols together. */
function byReason(
  rows: readonly { issuer: string; verdict: string; reason: string; count: number }[],
): readonly { label: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { issuer, verdict, reason, count } of rows) {
    const label = `${issuer} ${verdict} ${reason}`.trim();
    counts.set(label, (counts.get(label) ?? 0) + count);
  }
  return [...counts].map(([label, count]) => ({ label, count })).toSorted((left, right) => right.count - left.count);
}
