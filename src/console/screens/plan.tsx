import type { JSX } from 'preact';
import type { ApiSchema } from '../../client/api.js';
import { askPermit, askResolve, askRetry } from '../actions.js';
import { Refused } from '../api/problems.js';
import { usePlan } from '../api/queries.js';
import { Copy, Facts, Json, Time } from '../parts/bits.js';
import { amount, asText, isTime } from '../parts/format.js';
import { Reasons } from '../parts/reason.js';
import { hrefOf, type Route } from '../parts/route.js';
import { Shown } from '../parts/states.js';
import { ActButton } from '../shell/role.js';
import { texts } from '../texts.js';
import { PlanState } from './plan-state.js';
import { Id, Timeline } from './plan-timeline.js';
import { VerdictCard } from './verdict.js';

const T = texts.plan;
type Trace = ApiSchema<'PlanTraceAnswer'>;

/** One plan from its proposal to the ledger: what happened when, what was judged by what, and what became of it. */
export function PlanScreen({ route: { id } }: { route: Route }): JSX.Element {
  const plan = usePlan(id);
  const isUnknown = plan.error instanceof Refused && plan.error.status === 404;
  return (
    <section aria-labelledby="title">
      <h1 id="title">
        <a href="#/plans">{texts.plans.title}</a> / <Id text={id} />
      </h1>
      {isUnknown ? <p class="state">{T.unknown}</p> : <Shown query={plan}>{(trace) => <Whole trace={trace} />}</Shown>}
    </section>
  );
}

function Whole({ trace }: { trace: Trace }): JSX.Element {
  const { plan_id: planId, symbol, action, state, result, order, evidence, verdicts } = trace;
  const mayRetry = result !== null && !result.executed && result.state !== 'SKIPPED';
  return (
    <>
      <p class="overview">
        <a href={hrefOf('symbols', symbol)}>{symbol}</a> <strong>{action}</strong> <PlanState state={state} />{' '}
        <span>{result === null ? T.open : <Reasons of={[result.error, result.reason]} />}</span>
      </p>
      <div class="buttons">
        <Copy text={JSON.stringify(trace, null, 2)} label={T.whole} />
        {state === 'UNKNOWN' && (
          <ActButton needs="admin" class="primary" onClick={() => askResolve({ plan_id: planId, symbol })}>
            {texts.acts.resolve}
          </ActButton>
        )}
        {state === 'WAITING' && verdicts.governor === null && (
          <ActButton needs="operator" onClick={() => askPermit(planId)}>
            {texts.acts.permit}
          </ActButton>
        )}
        {mayRetry && (
          <ActButton needs="operator" onClick={() => askRetry(planId)}>
            {texts.acts.retry}
          </ActButton>
        )}
      </div>
      <h2>{T.timeline}</h2>
      <Timeline trace={trace} />
      <h2>{T.verdicts}</h2>
      <div class="cards">
        <VerdictCard name={T.governor} verdict={verdicts.governor} symbol={symbol} />
        <VerdictCard name={T.p33} verdict={verdicts.p33} symbol={symbol} />
      </div>
      <h2>{T.order}</h2>
      {order === null ? <p class="state">{T.noOrder}</p> : <Facts of={factsOf(order)} />}
      {evidence !== null && (
        <>
          <h2>{T.evidence}</h2>
          <Facts of={factsOf(evidence)} />
        </>
      )}
      <h2>{T.result}</h2>
      {result === null ? (
        <p class="state">{T.open}</p>
      ) : (
        <Facts
          of={[
            [texts.plans.state, <PlanState key="state" state={result.state} />],
            [
              texts.plans.reason,
              result.error === '' ? '–' : <Reasons key="reason" of={[result.error, result.reason]} />,
            ],
            [T.wait, result.wait_ms === null ? '–' : `${result.wait_ms} ms`],
            [texts.plans.took, trace.ended_ms === null ? '–' : `${trace.ended_ms - trace.published_ms} ms`],
            [T.deadline, <Time key="deadline" atMs={trace.deadline_ms} />],
            [T.owner, trace.owner || trace.published_by],
          ]}
        />
      )}
      {trace.proposal !== null && <Json label={T.proposal} value={trace.proposal} />}
      <Json label={T.raw} value={trace.plan} />
      {result !== null && <Json label={T.result} value={result} />}
    </>
  );
}

/** Of a field by its name: a time is shown as one, and an id is no amount. */
function Value({ name, of }: { name: string; of: unknown }): JSX.Element {
  if (name.endsWith('_ms') && isTime(of)) return <Time atMs={of} />;
  if (name.endsWith('_id') && typeof of === 'string' && of !== '') return <Id text={of} />;
  if (typeof of === 'object') return <code>{asText(of)}</code>;
  return <span class="num">{typeof of === 'number' || typeof of === 'string' ? amount(of) : asText(of)}</span>;
}

const factsOf = (fields: object) =>
  Object.entries(fields).map(
    ([name, value]) =>
      [T.named[name] ?? name.replaceAll('_', ' '), <Value key={name} name={name} of={value} />] as const,
  );
