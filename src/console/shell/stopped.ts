import type { ApiSchema } from '../../client/api.js';

type Instance = ApiSchema<'InstanceAnswer'>;

/** What is known of a stop, from any answer of the gate. */
export interface KnownStop {
  /** Redis has it: no process of ours claims an order any more. `undefined`: not known. */
  readonly stored: boolean | undefined;
  /** The process that said that it has stopped by itself. */
  readonly stoppedHere?: string;
  /** Other processes that can send orders, by the process that answered. */
  readonly mayTrade?: readonly { readonly instance: string; readonly last_seen_ms: number }[];
}

export interface ProcessStop {
  readonly instance: string;
  /** `foreign`: another service, which reads no kill switch. */
  readonly state: 'stopped' | 'may_trade' | 'unknown' | 'foreign';
  readonly seenMs: number | undefined;
}

/** Of each process that can send orders: whether it is certain that it has stopped. */
export function stopsOf(instances: readonly Instance[], known: KnownStop): readonly ProcessStop[] {
  const trading = instances.filter(({ role, state }) => role === 'apply' && state !== 'ended');
  const names = new Set(trading.map(({ instance }) => instance));
  const others = (known.mayTrade ?? []).filter(({ instance }) => !names.has(instance));
  const here = known.stoppedHere === undefined || names.has(known.stoppedHere) ? [] : [known.stoppedHere];
  return [
    ...trading.map(({ instance, ours, seen_ms: seenMs }): ProcessStop => {
      return { instance, state: ours ? stateOf(instance, known) : 'foreign', seenMs };
    }),
    ...here.map((instance): ProcessStop => ({ instance, state: 'stopped', seenMs: undefined })),
    ...others.map(({ instance, last_seen_ms: seenMs }): ProcessStop => {
      return { instance, state: stateOf(instance, known), seenMs };
    }),
  ];
}

function stateOf(instance: string, { stored, stoppedHere, mayTrade }: KnownStop): ProcessStop['state'] {
  if (stored === true || instance === stoppedHere) return 'stopped';
  return mayTrade?.some((each) => each.instance === instance) === true ? 'may_trade' : 'unknown';
}

/** What a 503 of the kill switch says; nothing of an answer that is another one. */
export function knownFrom(members: Readonly<Record<string, unknown>>): KnownStop {
  const { stored, stopped_here: isStoppedHere, process: answering, may_still_trade: others } = members;
  return {
    stored: typeof stored === 'boolean' ? stored : undefined,
    ...(isStoppedHere === true && typeof answering === 'string' ? { stoppedHere: answering } : {}),
    ...(Array.isArray(others) ? { mayTrade: others.filter(isOther) } : {}),
  };
}

const isOther = (value: unknown): value is { readonly instance: string; readonly last_seen_ms: number } =>
  typeof value === 'object' && value !== null && 'instance' in value && typeof value.instance === 'string';
