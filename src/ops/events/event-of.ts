import { decimalFromJson, toPlainString } from '../../flow/0-decimal.js';
import { decodeJson, isJsonObject } from '../../flow/0-json.js';
import { parseBooleanField } from '../../flow/0-primitives.js';
import type { OpenOrder, SourcedEntry } from '../../redis/streams/event-streams.js';
import { entryTimeMs } from '../../redis/streams/stream-entry.js';
import type { ControlChanged, GateEvent, HoldChanged, OrderSent } from './events.dto.js';

const LONGEST = 500;
/** Steps of orders that never left. */
const NOT_SENT = new Set(['dry_run', 'not_sent']);
const CONTROL_CHANGES = new Set([
  'KILL_SWITCH_ENGAGED',
  'KILL_SWITCH_RELEASED',
  'ARMED',
  'DISARMED',
  'AUTO_DISARM',
  'CONTROL_RESTORED',
  'SYMBOL_SUSPENDED',
  'SYMBOL_ALLOWED',
]);

type Members = Readonly<Record<string, unknown>>;

const objectIn = (text: string | undefined): Members => {
  const value = decodeJson(text ?? '');
  return isJsonObject(value) ? value : {};
};
const asText = (value: unknown): string => (typeof value === 'string' ? value.slice(0, LONGEST) : '');
const orNull = (value: unknown): string | null => asText(value) || null;
const numberOrNull = (value: unknown): number | null => {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
};
function decimalOrNull(value: unknown): string | null {
  const decimal = decimalFromJson(value);
  return decimal === undefined ? null : toPlainString(decimal);
}

/** What an entry of a stream reports, in order; nothing where it is not about a plan, the control state or a hold. */
export function eventsOf(entry: SourcedEntry): readonly GateEvent[] {
  switch (entry.source) {
    case 'plans':
      return [{ type: 'plan.published', ...planOf(entry), ...publication(entry) }];
    case 'permits':
      return [verdictOf(entry)];
    case 'results':
      return resultOf(entry);
    case 'control':
      return controlOf(entry);
  }
  return entry.source satisfies never;
}

export function orderOf({ planId, symbol, attempt, clientOrderId, side, quantity, claimedMs }: OpenOrder): OrderSent {
  return {
    type: 'order.sent',
    at_ms: claimedMs,
    plan_id: planId,
    symbol,
    attempt,
    client_order_id: clientOrderId,
    side,
    quantity: quantity || null,
  };
}

const planOf = ({ id, fields }: SourcedEntry) => ({
  at_ms: entryTimeMs(id),
  plan_id: asText(fields['plan_id']),
  symbol: asText(fields['symbol']),
  attempt: numberOrNull(fields['attempt']),
});

const publication = ({ fields }: SourcedEntry) => ({
  action: asText(fields['action']),
  decision: asText(fields['decision']),
  reason_codes: asText(fields['reason_codes'])
    .split(',')
    .filter((code) => code !== ''),
  mode: orNull(fields['mode']),
  source: orNull(fields['source']),
});

function verdictOf(entry: SourcedEntry): GateEvent {
  const { fields } = entry;
  const permit = objectIn(fields['permit']);
  const common = { ...planOf(entry), symbol: asText(permit['symbol']), issuer: asText(fields['issuer']) };
  if (fields['verdict'] === 'allow') {
    const quantity = decimalOrNull(permit['computed_qty'] ?? permit['safe_close_qty']);
    return { type: 'permit.issued', ...common, quantity, expires_at_ms: numberOrNull(permit['expires_at_ms']) };
  }
  const context = isJsonObject(permit['context']) ? permit['context'] : {};
  return { type: 'permit.denied', ...common, reason: asText(permit['reason']), context };
}

/** A result of an order that was sent comes after its `order.sent`: the order may have ended before it was seen open. */
function resultOf(entry: SourcedEntry): GateEvent[] {
  const { fields } = entry;
  const clientOrderId = asText(fields['client_order_id']);
  const steps = decodeJson(fields['steps_results'] ?? '');
  const step = Array.isArray(steps) && isJsonObject(steps[0]) ? steps[0] : {};
  const plan = planOf(entry);
  const order: OrderSent = {
    type: 'order.sent',
    ...plan,
    client_order_id: clientOrderId,
    side: asText(step['side']),
    quantity: decimalOrNull(step['quantity']),
  };
  const isSent = clientOrderId !== '' && !NOT_SENT.has(asText(step['status']));
  return [
    ...(isSent ? [order] : []),
    {
      type: 'result.recorded',
      ...plan,
      decision: asText(fields['decision']),
      executed: parseBooleanField(fields['executed']) ?? false,
      error: asText(fields['error']),
      reason: asText(fields['reason']),
      state: orNull(fields['state']),
      client_order_id: clientOrderId || null,
      wait_ms: numberOrNull(fields['wait_ms']),
    },
  ];
}

function controlOf({ id, fields }: SourcedEntry): readonly (ControlChanged | HoldChanged)[] {
  const context = objectIn(fields['context']);
  const change = asText(fields['event']);
  const at_ms = entryTimeMs(id);
  const reason = asText(fields['reason']);
  const by = orNull(context['actor'] ?? context['by']);
  if (change === 'HOLD' || change === 'HOLD_CLEARED')
    return [{ type: 'hold.changed', at_ms, symbol: asText(context['symbol']), on_hold: change === 'HOLD', reason, by }];
  return CONTROL_CHANGES.has(change)
    ? [{ type: 'control.changed', at_ms, change, reason, by, symbol: orNull(context['symbol']) }]
    : [];
}
