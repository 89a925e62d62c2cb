import type { ControlStore } from '../redis/stores/control-store.js';

/** Holds the symbol of an order whose outcome an operator must settle. `exists` if the symbol is on hold already; that hold stays. */
export function holdForUnknownOrder(
  control: ControlStore,
  symbol: string,
  reason: string,
  at_ms: number,
): Promise<'held' | 'exists'> {
  return control.setHold({ symbol, cause: 'order_outcome_unknown', reason, by: 'apply', at_ms }, 'role', true);
}
