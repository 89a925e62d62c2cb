import { atTime } from '../../gates/why/blocker.js';
import type { ControlChanged, HoldChanged } from '../events/events.dto.js';
import { type ConditionReason, MOMENTS, type Severity } from './catalogue.js';
import { keyOf } from './conditions.js';

/** Something that happened: a person must know of it also when it is over at the next look. */
export interface Moment {
  /** Of its entry in the stream. */
  readonly id: string;
  readonly atMs: number;
  readonly severity: Severity;
  readonly reason: ConditionReason;
  /** The key of the condition that it begins or ends. */
  readonly key: string;
  readonly effect: 'opens' | 'closes' | 'none';
  readonly symbol?: string | undefined;
  readonly text: string;
  readonly remedy: string;
}

/** Nothing for an event that no person is told of. */
export function momentOf(id: string, event: ControlChanged | HoldChanged): Moment | undefined {
  const word = event.type === 'hold.changed' ? (event.on_hold ? 'HOLD' : 'HOLD_CLEARED') : event.change;
  if (!isMoment(word)) return undefined;
  const { severity, of, effect, says } = MOMENTS[word];
  const symbol = event.symbol === null || event.symbol === '' ? undefined : event.symbol;
  const subject = of === 'hold' || of === 'symbol_suspended' ? `${symbol ?? 'A symbol'} ` : '';
  const by = event.by === null ? '' : ` by ${event.by}`;
  const why = event.reason === '' ? '' : `: ${event.reason}`;
  return {
    id,
    atMs: event.at_ms,
    severity,
    reason: of,
    key: keyOf(of, symbol),
    effect,
    symbol,
    text: `${subject}${says}${by} at ${atTime(event.at_ms)}${why}`,
    remedy: symbol === undefined ? 'permit-gate status' : `permit-gate why ${symbol}`,
  };
}

const isMoment = (word: string): word is keyof typeof MOMENTS => Object.hasOwn(MOMENTS, word);
