import type { JSX } from 'preact';
import type { ApiSchema } from '../../client/api.js';
import { keyed, reasonOf } from '../actions.js';
import { answer, gate } from '../api/gate.js';
import { Refused } from '../api/problems.js';
import { useKillSwitch, useStatus } from '../api/queries.js';
import { ask } from '../parts/action.js';
import { Light, Time } from '../parts/bits.js';
import { hrefOf } from '../parts/route.js';
import { texts } from '../texts.js';
import { ActButton } from './role.js';
import { useIsStale } from './stale.js';
import { knownFrom, type KnownStop, stopsOf } from './stopped.js';

const T = texts.kill;
/** How often the switch is read while a call is not certain yet. */
const LOOK_MS = 500;
type Set = ApiSchema<'KillSwitchSetAnswer'>;

const call = (engaged: boolean, values: Parameters<typeof reasonOf>[0], key: string): Promise<Set> =>
  answer(gate.PUT('/api/v1/kill-switch', { params: { header: keyed(key) }, body: { engaged, ...reasonOf(values) } }));

/** What the switch says now, read anew after the call that got no certain answer, and which process has stopped. */
function Certain({ error }: { error: unknown }): JSX.Element {
  const { data, isError, isFetching } = useKillSwitch(LOOK_MS);
  const isKnown = data !== undefined && !isError;
  const now = !isKnown || isFetching ? T.nowUnknown : data.engaged ? T.nowEngaged : T.nowReleased;
  const said = error instanceof Refused ? knownFrom(error.members) : { stored: undefined };
  return (
    <>
      <p>
        <strong>{now}</strong>
      </p>
      <Processes known={{ ...said, stored: isKnown && isStored(data) ? true : said.stored }} />
      <p>{T.uncertain}</p>
    </>
  );
}

/** While the call waits: which process has stopped, as it becomes certain. */
function SoFar(): JSX.Element {
  const { data, isError } = useKillSwitch(LOOK_MS);
  return <Processes known={{ stored: data !== undefined && !isError && isStored(data) ? true : undefined }} />;
}

/** Only what Redis has is numbered: a stop that one process alone knows is not. */
const isStored = ({ engaged, seq }: ApiSchema<'KillSwitchAnswer'>): boolean => engaged && seq !== undefined;

const TONES = { stopped: 'good', may_trade: 'bad', unknown: 'warn', foreign: 'bad' } as const;

function Processes({ known }: { known: KnownStop }): JSX.Element {
  const { data } = useStatus();
  const stops = stopsOf(data?.fleet?.instances ?? [], known);
  if (stops.length === 0) return <p>{T.noProcess}</p>;
  return (
    <ul class="processes" aria-label={T.processes}>
      {stops.map(({ instance, state, seenMs }) => (
        <li key={instance}>
          <Light tone={TONES[state]}>{instance}</Light> <span>{T.process[state]}</span>{' '}
          {state !== 'stopped' && seenMs !== undefined && (
            <span class="dim">
              {T.seen} <Time atMs={seenMs} age />
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

export function askStop(): void {
  ask<Set>({
    title: T.title,
    effect: T.effect,
    confirm: T.confirm,
    isStop: true,
    presets: T.presets,
    carryOut: (values, key) => call(true, values, key),
    done: (set) => <Stopped set={set} />,
    running: () => <SoFar />,
    uncertain: (error) => <Certain error={error} />,
  });
}

function askRelease(): void {
  ask<Set>({
    title: T.releaseTitle,
    effect: T.releaseEffect,
    confirm: T.releaseConfirm,
    carryOut: (values, key) => call(false, values, key),
    done: ({ engaged }) => <p>{engaged ? T.nowEngaged : T.released}</p>,
    uncertain: (error) => <Certain error={error} />,
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
      <Processes known={{ stored: engaged }} />
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
