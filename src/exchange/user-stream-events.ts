import { isRecord, type JsonRecord, parseExactJson } from './exchange-answer.js';
import type { AlgoPush, OrderPush, PositionPush, UserEvent } from './user-stream.port.js';
import {
  malformed,
  readBoolean,
  readDecimal,
  readId,
  readList,
  readRecord,
  readSymbol,
  readText,
  readTime,
} from './answer-fields.js';
import { ExchangeUnavailable } from './exchange.port.js';

export interface StreamReading {
  readonly events: readonly UserEvent[];
  /** Unreadable events; one line each. */
  readonly faults: readonly string[];
}

/** More rows than the exchange has symbols: not an account update. */
const MOST_POSITIONS = 2_000;
const LONGEST_ID = 64;

/**
 * The events of one message of the user-data stream (Binance USD-M, "User Data Streams"). Never throws. A row that cannot
 * be read leaves the others as they are; kinds of no interest (margin calls, balances, settings) give nothing.
 */
export function readStreamMessage(text: string): StreamReading {
  const message = parseExactJson(text);
  if (!isRecord(message)) return fault(`not a JSON object: ${shown(text)}`);
  try {
    return readMessage(message);
  } catch (error) {
    if (error instanceof ExchangeUnavailable) return fault(error.message);
    throw error;
  }
}

function readMessage(message: JsonRecord): StreamReading {
  switch (message.e) {
    case 'ACCOUNT_UPDATE':
      return readAccountUpdate(message);
    case 'ORDER_TRADE_UPDATE':
      return { events: [readOrderPush(message)], faults: [] };
    case 'ALGO_UPDATE':
      return { events: [readAlgoPush(message)], faults: [] };
    case 'listenKeyExpired':
      return { events: [{ kind: 'expired' }], faults: [] };
    default:
      // Other events have a name; the answer to a request has an id.
      return typeof message.e === 'string' || 'id' in message
        ? { events: [], faults: [] }
        : fault(`no event name: ${shown(JSON.stringify(message))}`);
  }
}

/** Changed positions only. Rows of hedge mode are ignored: the next read refuses such an account. */
function readAccountUpdate(message: JsonRecord): StreamReading {
  const account = readRecord(message.a, 'ACCOUNT_UPDATE.a');
  const rows = readList(account.P ?? [], 'ACCOUNT_UPDATE.a.P');
  if (rows.length > MOST_POSITIONS)
    throw malformed('ACCOUNT_UPDATE.a.P', `at most ${MOST_POSITIONS} rows`, rows.length);
  const transactionTimeMs = requiredTime(message, 'T', 'ACCOUNT_UPDATE');
  const reason = typeof account.m === 'string' ? account.m.slice(0, LONGEST_ID) : '';
  const events: PositionPush[] = [];
  const faults: string[] = [];
  for (const row of rows) {
    try {
      const position = readPosition(readRecord(row, 'ACCOUNT_UPDATE.a.P[]'), reason, transactionTimeMs);
      if (position !== undefined) events.push(position);
    } catch (error) {
      if (!(error instanceof ExchangeUnavailable)) throw error;
      faults.push(error.message);
    }
  }
  return { events, faults };
}

function readPosition(row: JsonRecord, reason: string, transactionTimeMs: number): PositionPush | undefined {
  const place = 'ACCOUNT_UPDATE.a.P[]';
  if (readText(row, 'ps', place) !== 'BOTH') return undefined;
  return {
    kind: 'position',
    symbol: readSymbol({ symbol: row.s }, place),
    amount: readDecimal(row, 'pa', place),
    entryPrice: readDecimal(row, 'ep', place),
    unrealizedPnl: readDecimal(row, 'up', place),
    reason,
    transactionTimeMs,
  };
}

function readOrderPush(message: JsonRecord): OrderPush {
  const place = 'ORDER_TRADE_UPDATE.o';
  const order = readRecord(message.o, place);
  const quantity = readDecimal(order, 'q', place);
  const executedQty = readDecimal(order, 'z', place);
  if (!(executedQty.gte(0) && executedQty.lte(quantity))) {
    throw malformed(`${place}.z`, `between 0 and ${quantity.toFixed()}`, order.z);
  }
  return {
    kind: 'order',
    symbol: readSymbol({ symbol: order.s }, place),
    clientOrderId: shortText(order, 'c', place),
    orderId: readId(order, 'i', place),
    side: readSideField(order, place),
    status: shortText(order, 'X', place),
    quantity,
    executedQty,
    avgPrice: order.ap === undefined ? executedQty.mul(0) : readDecimal(order, 'ap', place),
    reduceOnly: readBoolean(order, 'R', place),
    rests: order.o !== 'MARKET',
    timeMs: requiredTime(order, 'T', place),
  };
}

function readAlgoPush(message: JsonRecord): AlgoPush {
  const place = 'ALGO_UPDATE.o';
  const order = readRecord(message.o, place);
  return {
    kind: 'algo',
    symbol: readSymbol({ symbol: order.s }, place),
    clientOrderId: shortText(order, 'caid', place),
    stopId: readId(order, 'aid', place),
    status: shortText(order, 'X', place),
    orderId: order.ai === undefined || order.ai === '' ? '' : readId(order, 'ai', place),
    timeMs: requiredTime(message, 'T', 'ALGO_UPDATE'),
  };
}

function readSideField(order: JsonRecord, place: string): 'BUY' | 'SELL' {
  if (order.S !== 'BUY' && order.S !== 'SELL') throw malformed(`${place}.S`, 'BUY or SELL', order.S);
  return order.S;
}

function shortText(record: JsonRecord, name: string, place: string): string {
  const text = readText(record, name, place);
  if (text.length > LONGEST_ID) throw malformed(`${place}.${name}`, `at most ${LONGEST_ID} characters`, text);
  return text;
}

function requiredTime(record: JsonRecord, name: string, place: string): number {
  const timeMs = readTime(record, name, place);
  if (!(timeMs > 0)) throw malformed(`${place}.${name}`, 'a time in ms', record[name]);
  return timeMs;
}

const fault = (detail: string): StreamReading => ({ events: [], faults: [detail] });
const shown = (text: string): string => JSON.stringify(text.slice(0, 80));
