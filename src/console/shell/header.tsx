import type { JSX } from 'preact';
import type { ApiSchema } from '../../client/api.js';
import { keyed, reasonOf } from '../actions.js';
import { answer, gate } from '../api/gate.js';
import { live } from '../api/live-state.js';
import { setWhoami, type Status, useStatus } from '../api/queries.js';
import { ask } from '../parts/action.js';
import { Badge, Light, type Tone } from '../parts/bits.js';
import { lasting } from '../parts/format.js';
import { useStore } from '../parts/store.js';
import { texts } from '../texts.js';
import { KillSwitch } from './kill-switch.js';
import { openHelp } from './keys.js';
import { ActButton } from './role.js';
import { Search } from './search.js';
import { useAgeMs, useIsStale } from './stale.js';

const T = texts.header;

export function Header({ name, role }: { name: string; role: string }): JSX.Element {
  const { data } = useStatus();
  const isStale = useIsStale();
  return (
    <header>
      <div class={isStale ? 'facts-row stale' : 'facts-row'}>
        <div class="mode">
          <Mode mode={data?.mode} />
          <Armed status={data} />
        </div>
        <a href="#/fleet" class="lights" title={T.fleet}>
          <FleetLights status={data} />
        </a>
      </div>
      <Age />
      <KillSwitch />
      <div class="tools">
        <Search />
        <button type="button" class="quiet" onClick={openHelp} aria-keyshortcuts="?">
          {T.help} <kbd>?</kbd>
        </button>
        <span class="who dim" title={T.signedInAs(name, role)}>
          {T.signedInAs(name, role)}
        </span>
        <button type="button" class="quiet" title={T.signedInAs(name, role)} onClick={() => void signOut()}>
          {T.signOut}
        </button>
      </div>
    </header>
  );
}

function Mode({ mode }: { mode: string | undefined }): JSX.Element {
  const tone: Tone = mode === 'production' ? 'bad' : mode === 'testnet' ? 'warn' : 'plain';
  return <Badge tone={tone}>{mode === undefined ? '…' : (T.modes[mode] ?? mode)}</Badge>;
}

function Armed({ status }: { status: Status | undefined }): JSX.Element {
  const armed = status?.armed;
  const governor = status?.governor_disarm ?? null;
  const label = armed === true ? T.armed : armed === false ? T.disarmed : T.armUnknown;
  const title = governor === null ? undefined : texts.arm.governor(governor.reason);
  return (
    <ActButton needs={armed === true ? 'operator' : 'admin'} class="quiet" onClick={() => askArm(armed !== true)}>
      <span title={title}>
        <Light tone={armed === true ? 'good' : 'warn'}>{label}</Light>
      </span>
    </ActButton>
  );
}

function askArm(armed: boolean): void {
  const T2 = texts.arm;
  ask<ApiSchema<'ArmSetAnswer'>>({
    title: armed ? T2.armTitle : T2.disarmTitle,
    effect: armed ? T2.armEffect : T2.disarmEffect,
    confirm: armed ? T2.armConfirm : T2.disarmConfirm,
    carryOut: (values, key) =>
      answer(
        gate.POST(armed ? '/api/v1/arm' : '/api/v1/disarm', {
          params: { header: keyed(key) },
          body: reasonOf(values),
        }),
      ),
    done: (set) => <p>{set.armed ? T2.armed : T2.disarmed}</p>,
  });
}

const TONES: Readonly<Record<string, Tone>> = {
  ready: 'good',
  reading: 'good',
  alive: 'warn',
  silent: 'warn',
  not_ready: 'bad',
  gone: 'bad',
};

/** One light for each role, by its worst process. Before the fleet is known, the roles of the process that answers. */
function FleetLights({ status }: { status: Status | undefined }): JSX.Element {
  if (status === undefined) return <span class="dim">{T.fleetUnknown}</span>;
  const { fleet } = status;
  if (fleet === null || fleet === undefined) {
    return (
      <>
        {status.roles.map(({ role, loops }) => (
          <Light key={role} tone={loops.every(({ alive }) => alive) ? 'good' : 'bad'}>
            {role}
          </Light>
        ))}
      </>
    );
  }
  return (
    <>
      {rolesOf(fleet).map(({ role, tone, count }) => (
        <Light key={role} tone={tone}>
          {role} {count}
        </Light>
      ))}
    </>
  );
}

function rolesOf({
  instances,
  missing,
}: ApiSchema<'FleetAnswer'>): readonly { role: string; tone: Tone; count: string }[] {
  const roles = [...new Set([...instances.map(({ role }) => role), ...missing.map(({ role }) => role)])].toSorted();
  return roles.map((role) => {
    const own = instances.filter((each) => each.role === role && each.state !== 'ended');
    const tones = own.map(({ state }) => TONES[state] ?? 'plain');
    const isMissing = missing.some((each) => each.role === role);
    const tone = isMissing || tones.includes('bad') ? 'bad' : tones.includes('warn') ? 'warn' : 'good';
    const ready = own.filter(({ state }) => state === 'ready' || state === 'reading' || state === 'alive').length;
    return { role, tone, count: `${ready}/${own.length}` };
  });
}

function Age(): JSX.Element {
  const ageMs = useAgeMs();
  const isStale = useIsStale();
  const { state } = useStore(live);
  // A connection that stays open says nothing about a gate that does not answer.
  const how = isStale ? T.silent : state === 'off' ? '' : T[state];
  return (
    <p class={isStale ? 'age bad' : 'age'}>
      <span class="num">{ageMs === undefined ? T.never : T.age(lasting(ageMs))}</span>{' '}
      {how !== '' && <span aria-hidden="true">· </span>}
      <span>{how}</span>
    </p>
  );
}

async function signOut(): Promise<void> {
  try {
    await answer(gate.DELETE('/api/v1/session'));
  } finally {
    setWhoami(null);
  }
}
