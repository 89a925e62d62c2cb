/** Who filled an order that this system did not send, where that explains the fill. */
export interface Explanation {
  /** The ledger's `source` after it. */
  readonly source: 'adl' | 'liquidation' | 'settlement' | `declared:${string}`;
  /** The event that reports it. */
  readonly event: 'AUTO_CLOSE' | 'DECLARED_FILL';
  /** The exchange's own orders only take from a position. */
  readonly onlyReduces: boolean;
}

const OWN_PREFIX = 'pg-';
/** Client order ids of the exchange's own orders: Binance USD-M, "Event: Order Update". */
const EXCHANGE_ORDERS: readonly (readonly [prefix: string, source: 'adl' | 'liquidation' | 'settlement'])[] = [
  ['adl_autoclose', 'adl'],
  ['settlement_autoclose-', 'settlement'],
  ['autoclose-', 'liquidation'],
];

/**
 * Why a fill of this order moves the ledger although it is none of ours: the exchange closes by itself, or the configuration
 * names the prefix as that of another source. `undefined` for everybody else's, and for our own.
 */
export function explanationOf(clientOrderId: string, declaredPrefixes: readonly string[]): Explanation | undefined {
  if (clientOrderId.startsWith(OWN_PREFIX)) return undefined;
  const exchange = EXCHANGE_ORDERS.find(([prefix]) => clientOrderId.startsWith(prefix));
  if (exchange !== undefined) return { source: exchange[1], event: 'AUTO_CLOSE', onlyReduces: true };
  const declared = declaredPrefixes.find((prefix) => clientOrderId.startsWith(prefix));
  if (declared === undefined) return undefined;
  return { source: `declared:${declared}`, event: 'DECLARED_FILL', onlyReduces: false };
}

/** A prefix that would take our own orders or the exchange's for another source's. */
export function isTakenPrefix(prefix: string): boolean {
  return [OWN_PREFIX, ...EXCHANGE_ORDERS.map(([each]) => each)].some(
    (taken) => taken.startsWith(prefix) || prefix.startsWith(taken),
  );
}
