import type { JSX } from 'preact';
import type { ApiSchema } from '../../client/api.js';
import { useLimits } from '../api/queries.js';
import { Badge, Facts, Json } from '../parts/bits.js';
import { amount, asText, type Fields, isFields } from '../parts/format.js';
import { Reason } from '../parts/reason.js';
import { texts } from '../texts.js';

const T = texts.plan;
export type VerdictOf = ApiSchema<'VerdictAnswer'>;

/** What a verdict was judged by is in its permit and the context within; of a denial that is known by its result, in the context. */
function inputsOf({ permit, context }: VerdictOf): Fields {
  const own = isFields(permit) ? permit : {};
  const inner = own['context'] ?? context;
  return { ...own, ...(isFields(inner) ? inner : {}) };
}

const isPlain = (value: unknown): value is string | number => typeof value === 'string' || typeof value === 'number';

/** The reason of a denial; `""` of an allow. */
export function reasonOf({ verdict, reason, permit }: VerdictOf): string {
  if (verdict === 'allow') return '';
  if (reason !== undefined) return reason;
  const own = isFields(permit) ? permit['reason'] : undefined;
  return typeof own === 'string' ? own : '';
}

/** Each thing that was measured, in words, and the limit that it was measured against. */
export function Measured({ verdict, symbol }: { verdict: VerdictOf; symbol: string }): JSX.Element {
  const inputs = inputsOf(verdict);
  const now = useLimitsNow(symbol);
  const rows = Object.entries(T.measured).flatMap(([key, [label, limits = {}]]) => {
    const value = inputs[key];
    if (!isPlain(value) || value === '') return [];
    const [bound] = Object.entries(limits).filter(([limit]) => isPlain(inputs[limit]) || now[limit] !== undefined);
    const limit = bound === undefined ? '' : ` ${bound[1]} ${boundText(inputs[bound[0]], now[bound[0]])}`;
    return [
      [
        label,
        <>
          <span class="num">{amount(value)}</span>
          <span class="dim num">{limit}</span>
        </>,
      ] as const,
    ];
  });
  return (
    <>
      {rows.length > 0 && <Facts of={rows} />}
      <Json label={T.allInputs} value={verdict.permit ?? verdict.context ?? asText(verdict.text)} />
    </>
  );
}

/** The limit that was stored with the verdict. A permit has none: what is in force now stands there, and says so. */
function boundText(stored: unknown, now: string | undefined): string {
  return isPlain(stored) ? amount(stored) : T.limitNow(amount(now));
}

/** The limits of the Governor for the symbol, as they are now. */
function useLimitsNow(symbol: string): Readonly<Record<string, string | undefined>> {
  const { data } = useLimits();
  const own = data?.limits.find((each) => each.symbol === symbol);
  return {
    executions_per_hour: own?.executions_per_hour?.limit ?? undefined,
    executions_per_5min: own?.executions_per_5min?.limit ?? undefined,
    reduce_notional_per_day_usd: own?.reduce_notional_per_day_usd?.limit ?? undefined,
    reduce_qty_per_day: own?.reduce_qty_per_day?.limit ?? undefined,
  };
}

export function VerdictCard({
  name,
  verdict,
  symbol,
}: {
  name: string;
  verdict: VerdictOf | null;
  symbol: string;
}): JSX.Element {
  return (
    <article class="card">
      <h3>
        {name}{' '}
        {verdict === null ? (
          <Badge tone="plain">{T.noVerdict}</Badge>
        ) : (
          <Badge tone={verdict.verdict === 'allow' ? 'good' : 'bad'}>{T[verdict.verdict]}</Badge>
        )}
      </h3>
      {verdict !== null && <Said verdict={verdict} symbol={symbol} />}
    </article>
  );
}

function Said({ verdict, symbol }: { verdict: VerdictOf; symbol: string }): JSX.Element {
  const reason = reasonOf(verdict);
  return (
    <>
      <p>
        {reason !== '' && <Reason word={reason} />} {verdict.text}
      </p>
      <Measured verdict={verdict} symbol={symbol} />
    </>
  );
}
