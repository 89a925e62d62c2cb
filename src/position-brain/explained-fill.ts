import { toPlainString } from '../flow/0-decimal.js';
import type { Explanation } from '../flow/6-explained.js';
import type { OrderPush } from '../exchange/user-stream.port.js';
import type { LedgerStore } from '../redis/stores/ledger-store.js';
import type { Logger } from '../telemetry/logger.js';

/** A fill of an order that is not ours; `timeMs` is Redis' clock. */
export type ForeignFill = Pick<OrderPush, 'symbol' | 'clientOrderId' | 'orderId' | 'side' | 'executedQty' | 'timeMs'>;

/**
 * Counts a fill of the exchange's own order, or of a declared source. By the exchange's order id: its own orders share client
 * order ids, and a foreign Apply's result names its order by that id too.
 */
export async function applyExplained(
  ledgers: Pick<LedgerStore, 'applyFill'>,
  logger: Logger,
  explained: Explanation,
  { symbol, clientOrderId, orderId, side, executedQty, timeMs }: ForeignFill,
): Promise<void> {
  const outcome = await ledgers.applyFill(
    { symbol, planId: '', attempt: undefined, orderId, entryId: '', explained: { ...explained, clientOrderId } },
    { identity: orderId, side, executedQty, timeMs },
  );
  const { source } = explained;
  const fields = {
    symbol,
    source,
    client_order_id: clientOrderId,
    order_id: orderId,
    side,
    executed_qty: toPlainString(executedQty),
  };
  if (outcome.kind === 'unexplained') {
    logger.error(
      fields,
      `${source} says that it closed ${symbol}, and the ledger holds no such position: it is left as it is`,
    );
    return;
  }
  if (outcome.kind !== 'applied') return;
  const text = `ledger of ${symbol} is ${toPlainString(outcome.amount)}: ${side} ${toPlainString(executedQty)} by ${source}`;
  if (explained.event === 'AUTO_CLOSE') logger.error(fields, `the exchange closed part of a position; ${text}`);
  else logger.info(fields, text);
}
