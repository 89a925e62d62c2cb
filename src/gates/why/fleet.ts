import { lasting } from './blocker.js';

/** What an instance of a role is doing, by its lease and by what it said with the last renewal. A closed set. */
export const INSTANCE_STATES = {
  ready: 'it lives, and can do its work',
  not_ready: 'it lives, and cannot do its work: `faults` says why',
  alive: 'it lives, and says nothing about itself: it is of an earlier version',
  gone: 'its lease ended without a word of it: the process was killed, or is cut off from Redis',
  ended: 'it was stopped, and ended in order',
  reading: 'a consumer without a lease, which reads: a service of another make',
  silent:
    'a consumer without a lease that has not read lately: a service of another make, or a process that ended long ago',
} as const satisfies Record<string, string>;
export type InstanceState = keyof typeof INSTANCE_STATES;

/** One instance of one role. */
export interface Instance {
  readonly role: string;
  readonly group: string;
  readonly instance: string;
  readonly state: InstanceState;
  /** When it renewed its lease last, or read its stream (Redis' clock). */
  readonly seenMs: number;
  readonly faults: readonly string[];
  /** `undefined` where it does not say. */
  readonly version: string | undefined;
  readonly commit: string | undefined;
  readonly configuration: string | undefined;
  /** Digests of the parts of the configuration. */
  readonly configurationParts: Readonly<Record<string, string>>;
  readonly mode: string | undefined;
  readonly startedMs: number | undefined;
  readonly host: string | undefined;
  readonly pid: number | undefined;
  /** Standing proposals that its Apply has given no plan for a while. */
  readonly unserved?: readonly Unserved[];
}

/** A standing proposal that asks in vain. */
export interface Unserved {
  readonly symbol: string;
  readonly sec: number;
  /** The reasons of the last answer; `""` where there was none. */
  readonly why: string;
}

const LIVING: ReadonlySet<InstanceState> = new Set(['ready', 'not_ready', 'alive', 'reading']);

/** Whether its role has somebody. */
export const isLiving = ({ state }: Pick<Instance, 'state'>): boolean => LIVING.has(state);

/** Whether it is one of ours; a consumer without a lease is not. */
export const isOurs = ({ state }: Pick<Instance, 'state'>): boolean => state !== 'reading' && state !== 'silent';

/** What it is doing, for a person. */
export function instanceText({ state, faults, seenMs }: Instance, nowMs: number): string {
  const ago = `${lasting(nowMs - seenMs)} ago`;
  switch (state) {
    case 'ready':
      return 'It is ready.';
    case 'not_ready':
      return `It is not ready: ${faults.join('; ')}.`;
    case 'alive':
      return 'It lives, and says nothing about itself: it is of an earlier version.';
    case 'gone':
      return `It is gone: it was last seen ${ago}, and did not end in order.`;
    case 'ended':
      return `It ended in order ${ago}.`;
    case 'reading':
      return `It is a service of another make, without a lease; it read ${ago}.`;
    case 'silent':
      return `It has no lease and last read ${ago}: a service of another make that is quiet, or a process that ended long ago.`;
  }
  return state satisfies never;
}

/** In what processes of one deployment must not differ. */
export const COMPARED = ['version', 'configuration', 'mode'] as const;
export type Compared = (typeof COMPARED)[number];

/** In what an instance differs from most of the others; where there is no majority, all of them differ. */
export interface Difference {
  readonly instance: Instance;
  readonly in: readonly Compared[];
  /** The parts of the configuration that differ. */
  readonly parts: readonly string[];
}

const valueOf = ({ version, commit, configuration, mode }: Instance, compared: Compared): string | undefined =>
  ({ version: version === undefined ? undefined : `${version} ${commit ?? ''}`, configuration, mode })[compared];

/** Looks at the living instances that say what they run. */
export function differencesOf(instances: readonly Instance[]): readonly Difference[] {
  const living = instances.filter((each) => isLiving(each) && each.version !== undefined);
  const usual = new Map(COMPARED.map((compared) => [compared, mostCommon(living, compared)]));
  const model = living.find((each) => each.configuration === usual.get('configuration')) ?? living[0];
  const parts = (each: Instance): string[] => {
    const names = new Set(
      [each, ...(model === undefined ? [] : [model])].flatMap((of) => Object.keys(of.configurationParts)),
    );
    return [...names].filter((name) => each.configurationParts[name] !== model?.configurationParts[name]);
  };
  return living.flatMap((instance) => {
    const differs = COMPARED.filter((compared) => valueOf(instance, compared) !== usual.get(compared));
    if (differs.length === 0) return [];
    return [{ instance, in: differs, parts: differs.includes('configuration') ? parts(instance) : [] }];
  });
}

/** A value that no instance has where two are equally common. */
function mostCommon(instances: readonly Instance[], compared: Compared): string | undefined {
  const counts = new Map<string | undefined, number>();
  for (const each of instances) {
    const value = valueOf(each, compared);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const [first, second] = [...counts].toSorted(([, a], [, b]) => b - a);
  return first === undefined || first[1] === second?.[1] ? 'no value is the usual one' : first[0];
}
