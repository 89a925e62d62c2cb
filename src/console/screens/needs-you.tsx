import type { ComponentChildren, JSX } from 'preact';
import type { ApiSchema } from '../../client/api.js';
import { askApproval, askLift, askReconcile, askResolve } from '../actions.js';
import { type Plan, useApprovals, useDeadLetters, usePlan, usePlans, usePositions, useStatus } from '../api/queries.js';
import { Amount, Badge, Copy, Facts, Time } from '../parts/bits.js';
import { amount, asText, countdown } from '../parts/format.js';
import { useGateNow } from '../parts/now.js';
import { Reason } from '../parts/reason.js';
import { hrefOf } from '../parts/route.js';
import { Shown } from '../parts/states.js';
import { ActButton } from '../shell/role.js';
import { texts } from '../texts.js';
import { LetterCard } from './dead-letters.js';

const T = texts.needs;
type Attention = ApiSchema<'AttentionAnswer'>;
type WaitingPlan = ApiSchema<'WaitingPlan'>;
/** Shown below with an action of their own. */
const OWN_SECTION = new Set(['hold', 'order_unknown', 'drift', 'dead_letters', 'approval_waiting']);
const MOST_LETTERS = 5;
const UNKNOWN = ['UNKNOWN'] as const;

/** Everything that waits for a person, each with the one thing to do. */
export function NeedsYou(): JSX.Element {
  const approvals = useApprovals();
  const status = useStatus();
  const unknown = usePlans({ states: UNKNOWN });
  const positions = usePositions();
  const letters = useDeadLetters();
  const held = positions.data?.positions.filter(({ hold }) => hold !== null) ?? [];
  const drifted = positions.data?.positions.filter(({ drift }) => drift?.agrees === false) ?? [];
  const open =
    letters.data?.pages.flatMap(({ dead_letters: all }) => all).filter(({ settled }) => settled === null) ?? [];
  const attention = (status.data?.attention ?? []).filter(({ reason }) => !OWN_SECTION.has(reason));
  const reads = [approvals, status, unknown, positions, letters];
  const isNothing =
    reads.every(({ isSuccess }) => isSuccess) &&
    [approvals.data?.waiting, attention, unknown.data, held, drifted, open].every((list) => list?.length === 0);
  return (
    <section aria-labelledby="title">
      <h1 id="title">{T.title}</h1>
      {isNothing && <p class="state good">{T.empty}</p>}
      <Part title={T.approvals} query={approvals} of={({ waiting }) => waiting}>
        {(plan: WaitingPlan) => <Approval key={plan.plan_id} plan={plan} />}
      </Part>
      <Part title={T.unknown} query={unknown} of={(plans) => plans}>
        {(plan: Plan) => <UnknownOrder key={plan.plan_id} plan={plan} />}
      </Part>
      <Part title={T.drift} query={positions} of={() => drifted}>
        {(position: ApiSchema<'PositionAnswer'>) => <Drifted key={position.symbol} position={position} />}
      </Part>
      <Part title={T.holds} query={positions} of={() => held}>
        {(position: ApiSchema<'PositionAnswer'>) => <Held key={position.symbol} position={position} />}
      </Part>
      <Part title={T.attention} query={status} of={() => attention}>
        {(each: Attention) => <Attended key={each.text} attention={each} />}
      </Part>
      <Part title={T.letters} query={letters} of={() => open.slice(0, MOST_LETTERS)}>
        {(letter: ApiSchema<'DeadLetterAnswer'>) => <LetterCard key={letter.id} letter={letter} under={2} />}
      </Part>
      {open.length > MOST_LETTERS && <a href="#/letters">{texts.more}</a>}
    </section>
  );
}

/** Nothing where it is empty: what is not needed takes no room. A failed read shows. */
function Part<Data, Each>(props: {
  title: string;
  query: { data: Data | undefined; error: unknown; dataUpdatedAt: number; isPending: boolean };
  of: (data: Data) => readonly Each[];
  children: (each: Each) => ComponentChildren;
}): JSX.Element | null {
  const { title, query, of, children } = props;
  if (query.error === null && (query.data === undefined || of(query.data).length === 0)) return null;
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      <Shown query={query}>{(data) => <div class="cards">{of(data).map((each) => children(each))}</div>}</Shown>
    </section>
  );
}

function Approval({ plan }: { plan: WaitingPlan }): JSX.Element {
  const nowMs = useGateNow();
  const leftMs = plan.until_ms - nowMs;
  const acts = texts.acts;
  return (
    <article class="card">
      <h3>
        <a href={hrefOf('plan', plan.plan_id)}>
          {plan.symbol} {plan.action}
        </a>{' '}
        <Badge tone={leftMs > 0 ? 'warn' : 'bad'}>
          <span class="num" role="timer">
            {leftMs > 0 ? T.remaining(countdown(leftMs)) : T.ended}
          </span>
        </Badge>
      </h3>
      <Facts
        of={[
          ['quantity', <Amount key="quantity" of={plan.quantity} />],
          ['USD', <Amount key="usd" of={plan.notional_usd} />],
          ['kill score', plan.kill_score],
          ['%', plan.share_pct ?? '–'],
          [texts.until, <Time key="until" atMs={plan.until_ms} />],
        ]}
      />
      <p>
        {T.approvalsSoFar(plan.approvals.length, plan.needed)}{' '}
        {plan.approvals.map(({ by, reason }) => `${by}: ${reason}`).join('; ')}
      </p>
      <div class="buttons">
        <ActButton needs="operator" class="primary" onClick={() => askApproval(plan, 'approve')}>
          {acts.approve}
        </ActButton>
        <ActButton needs="operator" onClick={() => askApproval(plan, 'reject')}>
          {acts.reject}
        </ActButton>
      </div>
    </article>
  );
}

/** What our journal knows beside what the exchange has said. */
function UnknownOrder({ plan }: { plan: Plan }): JSX.Element {
  const trace = usePlan(plan.plan_id);
  return (
    <article class="card blocked">
      <h3>
        <a href={hrefOf('plan', plan.plan_id)}>
          {plan.symbol} {plan.action}
        </a>
      </h3>
      <Shown query={trace}>
        {({ order, evidence }) => (
          <div class="side-by-side">
            <div>
              <h4>{T.journal}</h4>
              <Facts
                of={Object.entries(order ?? {}).map(([name, value]) => [name, <code key={name}>{asText(value)}</code>])}
              />
            </div>
            <div>
              <h4>{T.otherSources}</h4>
              {evidence === null ? (
                <p class="dim">{T.noEvidence}</p>
              ) : (
                <Facts
                  of={Object.entries(evidence).map(([name, value]) => [name, <code key={name}>{asText(value)}</code>])}
                />
              )}
            </div>
          </div>
        )}
      </Shown>
      <div class="buttons">
        <ActButton needs="admin" class="primary" onClick={() => askResolve(plan)}>
          {texts.acts.resolve}
        </ActButton>
      </div>
    </article>
  );
}

function Drifted({ position }: { position: ApiSchema<'PositionAnswer'> }): JSX.Element {
  const { symbol, snapshot, ledger, drift } = position;
  return (
    <article class="card blocked">
      <h3>
        <a href={hrefOf('symbols', symbol)}>{symbol}</a> <Badge tone="bad">{amount(drift?.difference)}</Badge>
      </h3>
      <Facts
        of={[
          [texts.symbols.exchange, <Amount key="exchange" of={snapshot?.position_amt} />],
          [texts.symbols.ledger, <Amount key="ledger" of={ledger.last_known_amt} />],
        ]}
      />
      <div class="buttons">
        <ActButton
          needs="admin"
          class="primary"
          onClick={() => askReconcile(position)}
          label={texts.acts.reconcileTitle(symbol)}
        >
          {texts.acts.reconcile}
        </ActButton>
      </div>
    </article>
  );
}

function Held({ position: { symbol, hold } }: { position: ApiSchema<'PositionAnswer'> }): JSX.Element {
  return (
    <article class="card blocked">
      <h3>
        <a href={hrefOf('symbols', symbol)}>{symbol}</a>
      </h3>
      <p>
        {hold?.reason} <span class="dim">{texts.by(hold?.by ?? '')}</span> <Time atMs={hold?.at_ms} age />
      </p>
      <div class="buttons">
        <ActButton needs="admin" class="primary" onClick={() => askLift(symbol)} label={texts.acts.liftTitle(symbol)}>
          {texts.acts.lift}
        </ActButton>
      </div>
    </article>
  );
}

/** What the console has no button for has a command. */
function Attended({
  attention: { reason, symbol, text, since_ms: sinceMs, by, remedy },
}: {
  attention: Attention;
}): JSX.Element {
  return (
    <article class="card">
      <h3>
        <Reason word={reason} /> {symbol !== null && <a href={hrefOf('symbols', symbol)}>{symbol}</a>}
      </h3>
      <p>
        {text} {by !== null && <span class="dim">{texts.by(by)}</span>}{' '}
        {sinceMs !== null && <Time atMs={sinceMs} age />}
      </p>
      <p>
        {T.command}: <code class="remedy">{remedy}</code> <Copy text={remedy} />
      </p>
    </article>
  );
}
