import type { JSX } from 'preact';
import type { ApiSchema } from '../../client/api.js';
import { type Plan, useLimits, usePlans, usePositions, useStatus } from '../api/queries.js';
import { askFlatten } from '../actions.js';
import { Badge } from '../parts/bits.js';
import { hrefOf, type Route } from '../parts/route.js';
import { type Standing, standingOf } from '../parts/standing.js';
import { Shown } from '../parts/states.js';
import { ActButton } from '../shell/role.js';
import { texts } from '../texts.js';
import { SymbolCard } from './symbol-card.js';

const T = texts.symbols;

/** Every symbol: what the exchange says, what the ledger says, and why it does or does not trade. */
export function Symbols({ route }: { route: Route }): JSX.Element {
  const positions = usePositions();
  const limits = useLimits();
  const plans = usePlans({ limit: 100 });
  const mode = useStatus().data?.mode;
  const only = route.id;
  const limitsOf = (symbol: string): ApiSchema<'SymbolLimitsAnswer'> | undefined =>
    limits.data?.limits.find((each) => each.symbol === symbol);
  const lastOf = (symbol: string): Plan | undefined => plans.data?.find((plan) => plan.symbol === symbol);
  return (
    <section aria-labelledby="title">
      <div class="title-row">
        {' '}
        <h1 id="title">
          {only === '' ? (
            T.title
          ) : (
            <>
              <a href="#/symbols">{T.title}</a> / {only}
            </>
          )}
        </h1>
        {only === '' && mode !== undefined && mode !== 'production' && (
          <div class="buttons">
            <ActButton needs="admin" onClick={askFlatten}>
              {texts.acts.flatten}
            </ActButton>
          </div>
        )}
      </div>
      <Shown query={positions} isEmpty={({ positions: all }) => all.length === 0} empty={T.empty}>
        {({ positions: all }) => {
          const shown = only === '' ? all : all.filter(({ symbol }) => symbol === only);
          if (shown.length === 0) return <p class="state">{T.unknown(only)}</p>;
          return (
            <>
              {only === '' && <Overview of={all} />}
              <div class="cards">
                {shown.map((position) => (
                  <SymbolCard
                    key={position.symbol}
                    position={position}
                    limits={limitsOf(position.symbol)}
                    lastPlan={lastOf(position.symbol)}
                    isWhole={only !== ''}
                  />
                ))}
              </div>
            </>
          );
        }}
      </Shown>
    </section>
  );
}

function Overview({ of }: { of: readonly ApiSchema<'PositionAnswer'>[] }): JSX.Element {
  const count = (standing: Standing): number => of.filter(({ blockers }) => standingOf(blockers) === standing).length;
  const blocked = count('blocked');
  return (
    <p class="overview">
      <Badge tone="good">
        {count('free')} {T.mayTrade}
      </Badge>{' '}
      <Badge tone="plain">
        {count('idle')} {T.idle}
      </Badge>{' '}
      <a href={hrefOf('needs')}>
        <Badge tone={blocked === 0 ? 'plain' : 'warn'}>
          {blocked} {T.blocked}
        </Badge>
      </a>
    </p>
  );
}
