import type { JSX } from 'preact';
import type { ApiSchema } from '../../client/api.js';
import { askAllow, askClose, askHold, askLift, askReconcile, askSuspend } from '../actions.js';
import type { Plan } from '../api/queries.js';
import { Amount, Badge, Bar, Facts, Time, type Tone } from '../parts/bits.js';
import { amount, countdown, lasting } from '../parts/format.js';
import { useGateNow } from '../parts/now.js';
import { Reason, Reasons } from '../parts/reason.js';
import { hrefOf } from '../parts/route.js';
import { type Standing, standingOf } from '../parts/standing.js';
import { ActButton } from '../shell/role.js';
import { texts } from '../texts.js';
import { PlanState } from './plan-state.js';

const T = texts.symbols;
type Position = ApiSchema<'PositionAnswer'>;
type Limit = ApiSchema<'LimitAnswer'>;

const WORDS: Readonly<Record<Standing, string>> = { free: T.mayTrade, idle: T.idle, blocked: T.blocked };
const TONES: Readonly<Record<Standing, Tone>> = { free: 'good', idle: 'plain', blocked: 'warn' };

export function SymbolCard(props: {
  position: Position;
  limits: ApiSchema<'SymbolLimitsAnswer'> | undefined;
  lastPlan: Plan | undefined;
  isWhole: boolean;
}): JSX.Element {
  const { position, limits, lastPlan, isWhole } = props;
  const { symbol, blockers, faults } = position;
  const standing = standingOf(blockers);
  return (
    <article class={standing === 'blocked' ? 'card blocked' : 'card'} aria-labelledby={`symbol-${symbol}`}>
      <h2 id={`symbol-${symbol}`}>
        <a href={hrefOf('symbols', symbol)}>{symbol}</a> <Badge tone={TONES[standing]}>{WORDS[standing]}</Badge>
      </h2>
      <Amounts position={position} />
      <Blockers of={position} />
      {faults.map((fault) => (
        <p class="note bad" key={fault}>
          {fault}
        </p>
      ))}
      <LimitBars limits={limits} />
      <p class="last-plan">
        {T.lastPlan}: {lastPlan === undefined ? <span class="dim">{T.noPlan}</span> : <LastPlan plan={lastPlan} />}
      </p>
      {isWhole && <Whole position={position} />}
      <Acts position={position} />
    </article>
  );
}

function Amounts({ position: { snapshot, ledger, drift } }: { position: Position }): JSX.Element {
  const nowMs = useGateNow();
  const tone: Tone = drift === null ? 'plain' : drift.agrees ? 'good' : 'bad';
  return (
    <div class="amounts">
      <div>
        <span class="dim">{T.exchange}</span>
        <strong>{snapshot === null ? T.notRead : <Amount of={snapshot.position_amt} />}</strong>
        {snapshot !== null && <span class="dim">{T.snapshotAge(lasting(nowMs - snapshot.ts_ms))}</span>}
      </div>
      <div>
        <span class="dim">{T.ledger}</span>
        <strong>
          {ledger.state === 'present' ? <Amount of={ledger.last_known_amt} /> : T.ledgerState[ledger.state]}
        </strong>
        <span class="dim">{ledger.detail ?? ledger.source ?? ''}</span>
      </div>
      <div>
        <span class="dim">{T.drift}</span>
        <Badge tone={tone}>{drift === null ? texts.unknown : drift.agrees ? T.agrees : amount(drift.difference)}</Badge>
        <span class="dim">{drift?.side_mismatch === true ? T.sideMismatch : ''}</span>
      </div>
    </div>
  );
}

function Blockers({ of: { blockers } }: { of: Position }): JSX.Element | null {
  const nowMs = useGateNow();
  if (blockers.length === 0) return null;
  return (
    <ul class="blockers" aria-label={T.why}>
      {blockers.map(({ reason, text, since_ms: sinceMs, until_ms: untilMs, by, remedy }) => (
        <li key={`${reason}${text}`}>
          <Reason word={reason} /> {text} {by !== null && <span class="dim">{texts.by(by)}</span>}
          {untilMs !== null && sinceMs !== null && (
            <Bar
              label={reason === 'cooldown' ? T.cooldown : T.passes}
              used={String(Math.round(Math.max(0, untilMs - nowMs) / 1_000))}
              limit={String(Math.round((untilMs - sinceMs) / 1_000))}
              shown={texts.needs.remaining(countdown(untilMs - nowMs))}
            >
              {T.freeAt} <Time atMs={untilMs} />
            </Bar>
          )}
          {remedy !== null && <code class="remedy">{remedy}</code>}
        </li>
      ))}
    </ul>
  );
}

function LimitBars({ limits }: { limits: ApiSchema<'SymbolLimitsAnswer'> | undefined }): JSX.Element {
  if (limits?.fault !== undefined) return <p class="note bad">{limits.fault}</p>;
  return (
    <div class="limits" role="group" aria-label={T.limits}>
      {Object.entries(T.limitNames).map(([name, label]) => {
        const limit: Limit | undefined = limits?.[name as keyof typeof T.limitNames];
        // The row is there before its numbers are, so that nothing moves when they come.
        const { used = '–', limit: most = '–', reserved = '0', free_at_ms: freeMs = null } = limit ?? {};
        return (
          <Bar key={name} label={label} used={used} limit={most}>
            {freeMs !== null ? (
              <>
                {T.freeAt} <Time atMs={freeMs} />
              </>
            ) : (
              reserved !== '0' && T.reserved(amount(reserved))
            )}
          </Bar>
        );
      })}
    </div>
  );
}

function LastPlan({ plan }: { plan: Plan }): JSX.Element {
  return (
    <>
      <a href={hrefOf('plan', plan.plan_id)}>{plan.action}</a> <PlanState state={plan.state} />{' '}
      <Reasons of={[plan.error, plan.reason]} /> <Time atMs={plan.published_ms} age />
    </>
  );
}

function Whole({
  position: { symbol, snapshot, ledger, in_flight: order, hold },
}: {
  position: Position;
}): JSX.Element {
  return (
    <>
      <Facts
        of={[
          [T.mark, <Amount key="mark" of={snapshot?.mark_price} />],
          [T.entry, <Amount key="entry" of={snapshot?.entry_price} />],
          [T.pnl, <Amount key="pnl" of={snapshot?.unrealized_pnl} />],
          [T.ledger, <Time key="ledger" atMs={ledger.updated_ms} age />],
          [
            T.inFlight,
            order === null ? texts.none : <a href={hrefOf('plan', order.plan_id)}>{order.state ?? order.plan_id}</a>,
          ],
          [T.hold, hold === null ? texts.no : `${hold.reason} (${hold.by})`],
        ]}
      />
      <p>
        <a href={hrefOf('plans', '', { symbol })}>{T.allPlans}</a>
      </p>
    </>
  );
}

function Acts({ position }: { position: Position }): JSX.Element {
  const { symbol, snapshot, hold, blockers } = position;
  const acts = texts.acts;
  const isSuspended = blockers.some(({ reason }) => reason === 'symbol_suspended');
  return (
    <div class="buttons">
      <ActButton
        needs="admin"
        class={position.drift?.agrees === false ? 'primary' : ''}
        onClick={() => askReconcile(position)}
        label={acts.reconcileTitle(symbol)}
      >
        {acts.reconcile}
      </ActButton>
      {hold === null ? (
        <ActButton needs="operator" onClick={() => askHold(symbol)} label={acts.holdTitle(symbol)}>
          {acts.hold}
        </ActButton>
      ) : (
        <ActButton needs="admin" onClick={() => askLift(symbol)} label={acts.liftTitle(symbol)}>
          {acts.lift}
        </ActButton>
      )}
      {snapshot !== null && (
        <ActButton needs="operator" onClick={() => askClose(position)} label={acts.closeTitle(symbol)}>
          {acts.close}
        </ActButton>
      )}
      {isSuspended ? (
        <ActButton needs="admin" onClick={() => askAllow(symbol)} label={acts.allowTitle(symbol)}>
          {acts.allow}
        </ActButton>
      ) : (
        <ActButton needs="operator" onClick={() => askSuspend(symbol)} label={acts.suspendTitle(symbol)}>
          {acts.suspend}
        </ActButton>
      )}
    </div>
  );
}
