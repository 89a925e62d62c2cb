import type { ComponentChildren, JSX } from 'preact';
import type { ApiSchema } from '../../client/api.js';
import { usePositions } from '../api/queries.js';
import { Badge, Copy, Json, Time } from '../parts/bits.js';
import { amount, asText, isFields, isTime } from '../parts/format.js';
import { explained, Reason } from '../parts/reason.js';
import { texts } from '../texts.js';
import { PlanState } from './plan-state.js';
import { Measured, reasonOf, type VerdictOf } from './verdict.js';

const T = texts.plan;
type Trace = ApiSchema<'PlanTraceAnswer'>;

/** One line of the timeline. */
interface Moment {
  readonly key: string;
  readonly attempt: number;
  readonly atMs: number;
  readonly title: string;
  readonly says: ComponentChildren;
  readonly more?: ComponentChildren;
  /** Only the second of it is known: it stands last, and its milliseconds are not shown. */
  readonly isCoarse?: boolean;
}

/** Every attempt from the proposal to the ledger, in milliseconds since it was published. */
export function Timeline({ trace }: { trace: Trace }): JSX.Element {
  const ledger = useLedgerMoment(trace);
  const moments = [...proposed(trace), ...steps(trace), ...verdicts(trace), ...filled(trace), ...ledger];
  const attempts = [...new Set(moments.map(({ attempt }) => attempt))].toSorted((left, right) => left - right);
  return (
    <>
      {attempts.map((attempt) => (
        <Attempt key={attempt} attempt={attempt} of={moments.filter((each) => each.attempt === attempt)} />
      ))}
    </>
  );
}

function Attempt({ attempt, of }: { attempt: number; of: readonly Moment[] }): JSX.Element {
  const published = of.find(({ key }) => key.startsWith('published'));
  const zeroMs = published?.atMs ?? of[0]?.atMs ?? 0;
  const rank = ({ atMs, isCoarse = false }: Moment): number => (isCoarse ? Infinity : atMs);
  const inOrder = of.toSorted((left, right) => rank(left) - rank(right) || 0);
  const most = Math.max(1, ...of.filter(({ isCoarse }) => isCoarse !== true).map(({ atMs }) => atMs - zeroMs));
  return (
    <section aria-label={T.attempt(attempt)}>
      {attempt > 0 && <h3>{T.attempt(attempt)}</h3>}
      <ol class="timeline">
        {inOrder.map(({ key, atMs, title, says, more, isCoarse = false }) => (
          <li key={key}>
            <span class="num offset">{isCoarse ? '' : offset(atMs - zeroMs)}</span>
            {isCoarse ? <span /> : <progress max={most} value={Math.max(0, atMs - zeroMs)} aria-hidden="true" />}
            <strong>{title}</strong>
            <span class="says">{says}</span>
            <Time atMs={atMs} />
            {more !== undefined && <div class="more">{more}</div>}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** `+22 ms`, `−5 ms`, and seconds where milliseconds would only be noise. */
function offset(ms: number): string {
  const sign = ms < 0 ? '−' : '+';
  const size = Math.abs(ms);
  return size < 10_000 ? `${sign}${size} ms` : `${sign}${Math.round(size / 1_000)} s`;
}

/** When the strategy wrote the proposal, by its own clock. */
function proposed({ proposal, attempts, symbol, action }: Trace): Moment[] {
  const fields = isFields(proposal) ? proposal['fields'] : undefined;
  const epoch = isFields(fields) ? Number(fields['last_update_epoch']) : Number.NaN;
  const atMs = Math.round(epoch * 1_000);
  const attempt = attempts[0]?.attempt ?? 1;
  if (!isTime(atMs)) return [];
  return [{ key: 'proposed', attempt, atMs, title: T.steps['proposed'] ?? '', says: `${action} ${symbol}` }];
}

function steps({ steps: all }: Trace): Moment[] {
  return all.map(({ step, at_ms: atMs, offset_ms: _offset, attempt = 0, ...rest }, at) => {
    const fields = rest as Readonly<Record<string, unknown>>;
    const left = Object.entries(fields).filter(([name, value]) => !SAID.has(name) && value !== null && value !== '');
    return {
      key: `${step} ${at}`,
      attempt,
      atMs,
      title: T.steps[step] ?? step,
      says: <Fields of={fields} />,
      ...(left.length === 0 ? {} : { more: <Json label={T.fields} value={Object.fromEntries(left)} /> }),
    };
  });
}

/** Shown in the line itself. */
const SAID = new Set([
  'mode',
  'owner',
  'client_order_id',
  'side',
  'quantity',
  'state',
  'detail',
  'by',
  'reason',
  'entry',
  'id',
  'error',
]);

function Fields({ of }: { of: Readonly<Record<string, unknown>> }): JSX.Element {
  const text = (name: string): string => (of[name] === undefined || of[name] === null ? '' : asText(of[name]));
  const order = text('client_order_id');
  const entry = text('entry') || text('id');
  return (
    <>
      {text('state') !== '' && <PlanState state={text('state')} />} {text('side')}{' '}
      <span class="num">{text('quantity')}</span> {order !== '' && <Id text={order} />} {text('mode')}{' '}
      {text('owner') !== '' && texts.by(text('owner'))} {text('by') !== '' && texts.by(text('by'))}{' '}
      {text('error') !== '' && <Reason word={text('error')} />}{' '}
      {text('reason') !== '' && <Reason word={text('reason')} />} {text('detail')} {entry !== '' && <Id text={entry} />}
    </>
  );
}

/** An id with a button that copies it. */
export function Id({ text }: { text: string }): JSX.Element {
  return (
    <span class="id">
      <code>{text}</code>
      <Copy text={text} name={text} />
    </span>
  );
}

/** When each issuer has answered, what it said, and by what. */
function verdicts({ attempts, symbol }: Trace): Moment[] {
  return attempts.flatMap(({ attempt, verdicts: { governor, p33 } }) =>
    (
      [
        ['governor', governor],
        ['p33', p33],
      ] as const
    ).flatMap(([issuer, verdict]) => verdictMoment(issuer, attempt, verdict, symbol)),
  );
}

function verdictMoment(
  issuer: 'governor' | 'p33',
  attempt: number,
  verdict: VerdictOf | null,
  symbol: string,
): Moment[] {
  if (verdict === null || !isTime(verdict.at_ms)) return [];
  return [
    {
      key: `${issuer} ${attempt}`,
      attempt,
      atMs: verdict.at_ms,
      title: T[issuer],
      says: (
        <>
          <Badge tone={verdict.verdict === 'allow' ? 'good' : 'bad'}>{T[verdict.verdict]}</Badge>{' '}
          <Words issuer={issuer} of={verdict} />
        </>
      ),
      more: (
        <details class="json">
          <summary>{T.measuredBy}</summary>
          <Measured verdict={verdict} symbol={symbol} />
        </details>
      ),
    },
  ];
}

/** What it said, in words: of a denial what its reason means. */
function Words({ issuer, of }: { issuer: string; of: VerdictOf }): JSX.Element {
  const reason = reasonOf(of);
  const meaning = explained(reason).find(({ set }) => set === issuer)?.meaning;
  if (meaning === undefined) return <>{of.text.replace(/^[^:]{1,40}: /, '')}</>;
  return (
    <>
      <Reason word={reason} /> {meaning}
    </>
  );
}

/** When the exchange has filled the order, by its clock. */
function filled({ result }: Trace): Moment[] {
  return (result?.steps_results ?? []).flatMap((step, at) => {
    const atMs = step['filled_at_ms'];
    if (!isTime(atMs)) return [];
    const says = `${amount(asText(step['executed_qty']))} ${T.atPrice} ${amount(asText(step['avg_price']))}`;
    return [{ key: `filled ${at}`, attempt: result?.attempt ?? 1, atMs, title: T.steps['filled'] ?? '', says }];
  });
}

/** When the ledger counted it, as long as no later order has changed the ledger. */
function useLedgerMoment({ plan_id: planId, symbol, result }: Trace): Moment[] {
  const { data } = usePositions();
  const ledger = data?.positions.find((position) => position.symbol === symbol)?.ledger;
  if (ledger?.last_result_plan_id !== planId || !isTime(ledger.updated_ms)) return [];
  const says = `${T.ledgerSays} ${amount(ledger.last_known_amt)}`;
  const attempt = result?.attempt ?? 1;
  return [{ key: 'ledger', attempt, atMs: ledger.updated_ms, title: T.steps['ledger'] ?? '', says, isCoarse: true }];
}
