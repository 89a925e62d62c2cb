import type { JSX } from 'preact';
import type { ApiSchema } from '../../client/api.js';
import { answer, gate } from '../api/gate.js';
import { useKillSwitch } from '../api/queries.js';
import { ask } from '../parts/action.js';
import { hrefOf } from '../parts/route.js';
import { texts } from '../texts.js';
import { ActButton } from './role.js';
import { useIsStale } from './stale.js';

const T = texts.kill;
type Set = ApiSchema<'KillSwitchSetAnswer'>;

const call = (engaged: boolean, reason: string, key: string): Promise<Set> =>
  answer(
    gate.PUT('/api/v1/kill-switch', {
      params: { header: { 'Idempotency-Key': key } },
      body: { engaged, reason: reason.trim() },
    }),
  );

/** What the switch says now, read anew after the call that got no certain answer. */
function Certain(): JSX.Element {
  const { data, isError, isFetching } = useKillSwitch();
  const now = data === undefined || isError || isFetching ? T.nowUnknown : data.engaged ? T.nowEngaged : T.nowReleased;
  return (
    <>
      <p>
        <strong>{now}</strong>
      </p>
      <p>{T.uncertain}</p>
    </>
  );
}

export function askStop(): void {
  ask<Set>({
    title: T.title,
    effect: T.effect,
    confirm: T.confirm,
    isStop: true,
    presets: T.presets,
    carryOut: ({ reason = '' }, key) => call(true, reason, key),
    done: (set) => <Stopped set={set} />,
    uncertain: () => <Certain />,
  });
}

function askRelease(): void {
  ask<Set>({
    title: T.releaseTitle,
    effect: T.releaseEffect,
    confirm: T.releaseConfirm,
    carryOut: ({ reason = '' }, key) => call(false, reason, key),
    done: ({ engaged }) => <p>{engaged ? T.nowEngaged : T.released}</p>,
    uncertain: () => <Certain />,
  });
}

function Stopped({ set }: { set: Set }): JSX.Element {
  const {
    engaged,
    in_flight: inFlight = [],
    waited_ms: waitedMs,
    foreign_apply: foreign,
    missing_replicas: replicas,
  } = set;
  return (
    <>
      <p>
        <strong>{engaged ? T.engaged : T.nowReleased}</strong>
      </p>
      {inFlight.length === 0 && <p>{T.noneInFlight}</p>}
      {inFlight.length > 0 && (
        <>
          <p>{T.inFlight}</p>
          <ul>
            {inFlight.map(({ plan_id: planId, symbol, side, quantity, settled }) => (
              <li key={planId}>
                <a href={hrefOf('plan', planId)}>{symbol}</a> {side} {quantity}:{' '}
                {settled === null ? <strong>{T.notSettled}</strong> : (T.settled[settled] ?? settled)}
              </li>
            ))}
          </ul>
        </>
      )}
      {waitedMs !== undefined && waitedMs > 0 && <p>{T.waited(waitedMs)}</p>}
      {foreign !== null && foreign !== undefined && <p class="note bad">{T.foreign}</p>}
      {replicas !== undefined && (
        <p class="note bad">
          {T.replicas} {replicas}
        </p>
      )}
    </>
  );
}

/** On every screen, in the same place: what the switch is, and the one button that changes it. */
export function KillSwitch(): JSX.Element {
  const { data, isError } = useKillSwitch();
  const isStale = useIsStale();
  const isKnown = data !== undefined && !isError && !isStale;
  const isEngaged = data?.engaged === true;
  return (
    <div class={isEngaged && isKnown ? 'kill engaged' : 'kill'}>
      {isEngaged && (
        <p class="kill-state" title={texts.header.killedBy(data.by, data.reason)}>
          <strong>{texts.header.killed}</strong> <span>{texts.header.killedBy(data.by, data.reason)}</span>
        </p>
      )}
      {!isKnown && <p class="kill-state">{texts.header.killUnknown}</p>}
      {isEngaged && isKnown ? (
        <ActButton needs="admin" class="big" onClick={askRelease}>
          {texts.header.release}
        </ActButton>
      ) : (
        // Also while nothing is known: the call itself says what is certain.
        <ActButton needs="operator" class="danger big" onClick={askStop}>
          {texts.header.kill}
        </ActButton>
      )}
    </div>
  );
}
