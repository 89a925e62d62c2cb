import type { Attention, AttentionReason } from '../../gates/why/attention.js';
import { atTime, lasting } from '../../gates/why/blocker.js';
import type { Instance } from '../../gates/why/fleet.js';
import { type ConditionReason, CONDITIONS, type Severity } from './catalogue.js';

/** One thing that holds now and that a person must know. */
export interface Condition {
  /** The same for the same thing at each look. */
  readonly key: string;
  readonly reason: ConditionReason;
  readonly severity: Severity;
  readonly symbol?: string | undefined;
  readonly text: string;
  /** Redis' clock; `undefined` where nobody knows. */
  readonly sinceMs?: number | undefined;
  readonly remedy: string;
}

/** Parts of a look that can be missing: what is of one of them is then not over, only unknown. */
export type Part = 'fleet' | 'symbols' | 'deadLetters' | 'archive' | 'other';

/** What one look at the deployment found. */
export interface LookFacts {
  readonly nowMs: number;
  readonly attention: readonly Attention[];
  readonly unread: ReadonlySet<Part>;
  readonly instances: readonly Instance[];
  /** Until when the exchange has banned the address; 0 when it has not. */
  readonly bannedUntilMs: number;
  readonly noPlanMin: number;
  readonly tokenExpiresMs: number | undefined;
  readonly certificateExpiresMs: number | undefined;
  /** Channels that take nothing, since when, and why. */
  readonly down: ReadonlyMap<string, { readonly sinceMs: number; readonly why: string }>;
}

const DAY_MS = 86_400_000;
const TOKEN_DAYS = 7;
const CERTIFICATE_DAYS = 14;
/** Each of these is a thing of its own although symbol and reason are the same. */
const BY_TIME: ReadonlySet<string> = new Set<AttentionReason>(['order_unknown', 'approval_waiting']);
const OF_FLEET: ReadonlySet<string> = new Set<ConditionReason>([
  'role_missing',
  'instance_gone',
  'instance_not_ready',
  'audit_fault',
  'proposal_unserved',
  'version_differs',
  'configuration_differs',
  'entries_left',
  'backlog',
]);
const OTHER: ReadonlySet<string> = new Set<ConditionReason>([
  'redis_unfit',
  'exchange_banned',
  'token_expires',
  'certificate_expires',
  'channel_down',
  'control_restored',
]);

export function partOf(reason: string): Part {
  if (reason === 'dead_letters') return 'deadLetters';
  if (reason.startsWith('archive_')) return 'archive';
  return OF_FLEET.has(reason) ? 'fleet' : OTHER.has(reason) ? 'other' : 'symbols';
}

/** Everything that holds, one entry for each key. */
export function conditionsOf(facts: LookFacts): readonly Condition[] {
  const found = [
    ...facts.attention.map(ofAttention),
    ...audit(facts),
    ...banned(facts),
    ...unserved(facts),
    ...expiring(facts),
    ...channels(facts),
  ];
  return [...new Map(found.map((each) => [each.key, each])).values()];
}

export const keyOf = (reason: ConditionReason, ...subject: readonly (string | number | undefined)[]): string =>
  [reason, ...subject.filter((part) => part !== undefined && part !== '')].join(':');

function condition(
  reason: ConditionReason,
  subject: string | undefined,
  rest: Pick<Condition, 'text' | 'remedy' | 'sinceMs' | 'symbol'>,
): Condition {
  return { key: keyOf(reason, subject), reason, severity: CONDITIONS[reason].severity, ...rest };
}

function ofAttention({ reason, symbol, subject, text, sinceMs, remedy }: Attention): Condition {
  const key = keyOf(reason, symbol, subject, BY_TIME.has(reason) ? sinceMs : undefined);
  return { key, reason, severity: CONDITIONS[reason].severity, symbol, text, sinceMs, remedy };
}

/** A process whose audit fails works on, but nobody can prove what it did. */
function audit({ instances }: LookFacts): Condition[] {
  return instances.flatMap(({ role, instance, state, faults }) =>
    state !== 'not_ready'
      ? []
      : faults
          .filter((fault) => fault.startsWith('audit'))
          .map((fault) =>
            condition('audit_fault', `${role} ${instance}`, {
              text: `The audit of ${role} ${instance} has a fault: ${fault.replace(/^audit: /, '')}.`,
              remedy: 'permit-gate audit verify',
            }),
          ),
  );
}

function banned({ bannedUntilMs, nowMs }: LookFacts): Condition[] {
  if (bannedUntilMs <= nowMs) return [];
  const text = `The exchange has banned this address until ${atTime(bannedUntilMs)}: no process calls it before.`;
  return [condition('exchange_banned', undefined, { text, remedy: 'permit-gate status' })];
}

function unserved({ instances, noPlanMin, nowMs }: LookFacts): Condition[] {
  const longest = new Map<string, { readonly sec: number; readonly why: string }>();
  for (const { role, unserved: found = [] } of instances) {
    if (role !== 'apply') continue;
    for (const each of found) if (each.sec > (longest.get(each.symbol)?.sec ?? 0)) longest.set(each.symbol, each);
  }
  return [...longest].flatMap(([symbol, { sec, why }]) => {
    if (sec < noPlanMin * 60) return [];
    const asked = `The standing proposal of ${symbol} has asked for ${lasting(sec * 1000)} and got no plan`;
    const text = `${asked}${why === '' ? '' : `: ${why}`}.`;
    const sinceMs = nowMs - sec * 1000;
    return [condition('proposal_unserved', symbol, { text, sinceMs, symbol, remedy: `permit-gate why ${symbol}` })];
  });
}

function expiring({ tokenExpiresMs, certificateExpiresMs, nowMs }: LookFacts): Condition[] {
  const isNear = (ms: number | undefined, days: number): ms is number => ms !== undefined && ms - nowMs < days * DAY_MS;
  return [
    ...(isNear(tokenExpiresMs, TOKEN_DAYS)
      ? [
          condition('token_expires', undefined, {
            text: `A token of ADMIN_TOKENS_FILE expires at ${atTime(tokenExpiresMs)}.`,
            remedy: 'permit-gate token list',
          }),
        ]
      : []),
    ...(isNear(certificateExpiresMs, CERTIFICATE_DAYS)
      ? [
          condition('certificate_expires', undefined, {
            text: `The TLS certificate of Redis expires at ${atTime(certificateExpiresMs)}.`,
            remedy: 'permit-gate doctor',
          }),
        ]
      : []),
  ];
}

function channels({ down }: LookFacts): Condition[] {
  return [...down].map(([channel, { sinceMs, why }]) =>
    condition('channel_down', channel, {
      text: `Messages by ${channel} fail: ${why}.`,
      sinceMs,
      remedy: 'permit-gate notify test',
    }),
  );
}
