import type { JSX } from 'preact';
import type { PlanStateWord } from '../../client/api.js';
import { type Plan, usePlans } from '../api/queries.js';
import { Table, Time } from '../parts/bits.js';
import { Reasons } from '../parts/reason.js';
import { hrefOf, refine, type Route } from '../parts/route.js';
import { Shown } from '../parts/states.js';
import { texts } from '../texts.js';
import { isPlanState, PLAN_STATES, PlanState } from './plan-state.js';

const T = texts.plans;
/** The fields of the filter have minutes: the last one is meant whole. */
const MINUTE_MS = 60_000;

/** The filters are in the address: a link shows the same list to somebody else. */
export function Plans({ route: { query } }: { route: Route }): JSX.Element {
  const value = (name: string): string => query.get(name) ?? '';
  const states = value('state').split(',').filter(isPlanState);
  const symbol = value('symbol').toUpperCase();
  const showsSkipped = value('skipped') === 'yes' || states.includes('SKIPPED');
  const [since, to] = [timeOf(value('from')), timeOf(value('to'))];
  const until = to === undefined ? undefined : to + MINUTE_MS - 1;
  const plans = usePlans({ symbol, states, since, until });
  const change = (changed: Record<string, string>): void =>
    refine(hrefOf('plans', '', { ...Object.fromEntries(query), ...changed }));
  const toggle = (state: PlanStateWord): void =>
    change({
      state: (states.includes(state) ? states.filter((each) => each !== state) : [...states, state]).join(','),
    });

  return (
    <section aria-labelledby="title">
      <h1 id="title">{T.title}</h1>
      <div class="filters">
        <label>
          {T.symbol}
          <input
            value={value('symbol')}
            maxLength={40}
            onInput={({ currentTarget }) => change({ symbol: currentTarget.value })}
          />
        </label>
        {(['from', 'to'] as const).map((name) => (
          <label key={name}>
            {T[name]}
            <input
              type="datetime-local"
              value={value(name)}
              onInput={({ currentTarget }) => change({ [name]: currentTarget.value })}
            />
          </label>
        ))}
        <fieldset>
          <legend>{T.states}</legend>
          {PLAN_STATES.map((state) => (
            <label key={state} class="check">
              <input type="checkbox" checked={states.includes(state)} onChange={() => toggle(state)} />
              {state}
            </label>
          ))}
        </fieldset>
        <a href="#/plans">{T.clear}</a>
      </div>
      <Shown query={plans}>
        {(all) => {
          const shown = showsSkipped ? all : all.filter(({ state }) => state !== 'SKIPPED');
          const skipped = all.length - shown.length;
          return (
            <>
              {shown.length === 0 ? <p class="state">{T.empty}</p> : <PlanTable plans={shown} />}
              {skipped > 0 && (
                <p>
                  {T.skipped(skipped)}{' '}
                  <button type="button" class="quiet" onClick={() => change({ skipped: 'yes' })}>
                    {T.showSkipped}
                  </button>
                </p>
              )}
            </>
          );
        }}
      </Shown>
      {plans.hasNextPage && (
        <button type="button" disabled={plans.isFetchingNextPage} onClick={() => void plans.fetchNextPage()}>
          {texts.more}
        </button>
      )}
    </section>
  );
}

/** A time of a `datetime-local` field is by the zone of the reader. */
function timeOf(text: string): number | undefined {
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : atMs;
}

const reasonsOf = ({ reason, reason_codes: codes }: Plan): readonly string[] =>
  reason === null || reason === '' ? codes : [reason];

function PlanTable({ plans }: { plans: readonly Plan[] }): JSX.Element {
  return (
    <Table
      label={T.title}
      numbers={[T.attempt, T.took]}
      heads={[T.time, T.symbol, T.action, T.state, T.attempt, T.reason, T.took, T.plan]}
      rows={plans.map((plan) => ({
        key: plan.plan_id,
        cells: [
          <Time key="time" atMs={plan.published_ms} />,
          <a key="symbol" href={hrefOf('symbols', plan.symbol)}>
            {plan.symbol}
          </a>,
          plan.action,
          <PlanState key="state" state={plan.state} />,
          <span key="attempt" class="num">
            {plan.attempt}
          </span>,
          <Reasons
            key="reason"
            of={plan.error !== null && plan.error !== '' ? [plan.error, plan.reason] : reasonsOf(plan)}
          />,
          <span key="took" class="num">
            {plan.ended_ms === null ? '–' : `${plan.ended_ms - plan.published_ms} ms`}
          </span>,
          <a key="plan" class="num" href={hrefOf('plan', plan.plan_id)}>
            {plan.plan_id}
          </a>,
        ],
      }))}
    />
  );
}
