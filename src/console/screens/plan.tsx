import type { JSX } from 'preact';
import type { ApiSchema } from '../../client/api.js';
import { askResolve, askRetry } from '../actions.js';
import { Refused } from '../api/problems.js';
import { usePlan } from '../api/queries.js';
import { Badge, Copy, Facts, Json, Time } from '../parts/bits.js';
import { asText, isTime } from '../parts/format.js';
import { hrefOf, type Route } from '../parts/route.js';
import { Shown } from '../parts/states.js';
import { ActButton } from '../shell/role.js';
import { texts } from '../texts.js';
import { PlanState } from './plan-state.js';

const T = texts.plan;
type Trace = ApiSchema<'PlanTraceAnswer'>;

/** One plan from its proposal to the ledger: what happened when, what was judged by what, and what became of it. */
export function PlanScreen({ route: { id } }: { route: Route }): JSX.Element {
  const plan = usePlan(id);
  const isUnknown = plan.error instanceof Refused && plan.error.status === 404;
  return (
    <section aria-labelledby="title">
      <h1 id="title">
        <a href="#/plans">{texts.plans.title}</a> / <span class="num">{id}</span>
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
        <span>{result === null ? T.open : [result.error, result.reason].filter((text) => text !== '').join(': ')}</span>
      </p>
      <div class="buttons">
        <Copy text={JSON.stringify(trace, null, 2)} label={T.whole} />
        {state === 'UNKNOWN' && (
          <ActButton needs="admin" class="primary" onClick={() => askResolve({ plan_id: planId, symbol })}>
            {texts.acts.resolve}
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
        <Verdict name={T.governor} verdict={verdicts.governor} />
        <Verdict name={T.p33} verdict={verdicts.p33} />
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
            [texts.plans.reason, [result.error, result.reason].filter((text) => text !== '').join(': ') || '–'],
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
  return typeof of === 'object' ? <code>{asText(of)}</code> : <span class="num">{asText(of)}</span>;
}

const factsOf = (fields: object) =>
  Object.entries(fields).map(([name, value]) => [name, <Value key={name} name={name} of={value} />] as const);

/** Every attempt, step by step, in milliseconds since its publication. */
function Timeline({ trace: { steps } }: { trace: Trace }): JSX.Element {
  const attempts = [...new Set(steps.map(({ attempt }) => attempt ?? 0))];
  return (
    <>
      {attempts.map((attempt) => {
        const own = steps.filter((step) => (step.attempt ?? 0) === attempt);
        const last = Math.max(1, ...own.map(({ offset_ms: offsetMs = 0 }) => offsetMs));
        return (
          <section key={attempt} aria-label={T.attempt(attempt)}>
            <h3>{T.attempt(attempt)}</h3>
            <ol class="timeline">
              {own.map(({ step, at_ms: atMs, offset_ms: offsetMs = 0, attempt: _attempt, ...rest }, at) => (
                <li key={`${step}${at}`}>
                  <span class="num offset">{offsetMs < 0 ? `−${-offsetMs}` : `+${offsetMs}`} ms</span>
                  <progress max={last} value={Math.max(0, offsetMs)} aria-hidden="true" />
                  <strong>{step}</strong> <Time atMs={atMs} />
                  {Object.keys(rest).length > 0 && <Json label={T.fields} value={rest} />}
                </li>
              ))}
            </ol>
          </section>
        );
      })}
    </>
  );
}

function Verdict({ name, verdict }: { name: string; verdict: ApiSchema<'VerdictAnswer'> | null }): JSX.Element {
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
      {verdict !== null && (
        <>
          {verdict.reason !== undefined && verdict.reason !== '' && (
            <p>
              <code>{verdict.reason}</code>
            </p>
          )}
          <Inputs of={verdict.permit ?? verdict.context} />
        </>
      )}
    </article>
  );
}

function Inputs({ of }: { of: unknown }): JSX.Element | null {
  if (of === null || of === undefined) return null;
  if (typeof of !== 'object' || Array.isArray(of)) return <Json label={T.inputs} value={of} />;
  return (
    <>
      <Facts of={factsOf(of)} />
      <Copy text={JSON.stringify(of, null, 2)} />
    </>
  );
}
