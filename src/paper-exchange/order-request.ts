import { randomBytes } from 'node:crypto';
import { type Decimal, ZERO } from './decimal.js';
import type { AlgoOrderType, OrderType, PositionSide, Side, TimeInForce } from './model.js';
import type { Params } from './params.js';
import { refuse } from './wire-error.js';

/** A parsed order, before any rule of the symbol or the account was applied. */
export interface OrderRequest {
  readonly symbol: string;
  readonly side: Side;
  readonly positionSide: PositionSide;
  readonly type: OrderType;
  readonly origType: OrderType | AlgoOrderType;
  readonly quantity: Decimal;
  readonly price: Decimal;
  readonly stopPrice: Decimal;
  readonly timeInForce: TimeInForce;
  readonly goodTillDateMs: number;
  readonly reduceOnly: boolean;
  readonly closePosition: boolean;
  readonly workingType: string;
  readonly clientOrderId: string;
}

const CLIENT_ORDER_ID = /^[.A-Z:/a-z0-9_-]+$/;
const MAX_CLIENT_ORDER_ID = 36;
const CONDITIONAL = ['STOP', 'STOP_MARKET', 'TAKE_PROFIT', 'TAKE_PROFIT_MARKET', 'TRAILING_STOP_MARKET'];
const TIMES_IN_FORCE: readonly TimeInForce[] = ['GTC', 'IOC', 'FOK', 'GTX', 'GTD'];

export function readSide(params: Params): Side {
  const side = params.requiredText('side');
  if (side !== 'BUY' && side !== 'SELL') throw refuse.side();
  return side;
}

/** The position side, checked against the account's mode. @throws WireError -4060, -4061 */
export function readPositionSide(params: Params, hedgeMode: boolean): PositionSide {
  const side = params.text('positionSide') ?? 'BOTH';
  if (side !== 'BOTH' && side !== 'LONG' && side !== 'SHORT') throw refuse.positionSideValue();
  if (hedgeMode === (side === 'BOTH')) throw refuse.positionSide();
  return side;
}

/** The client's id, or one like the exchange makes up. @throws WireError -4015, -1100 */
export function readClientId(params: Params, name: string): string {
  const given = params.text(name);
  if (given === undefined) return randomBytes(11).toString('hex');
  if (given.length > MAX_CLIENT_ORDER_ID) throw refuse.clientOrderIdLength();
  if (!CLIENT_ORDER_ID.test(given)) throw refuse.illegalChars(name, '^[\\.A-Z\\:/a-z0-9_-]{1,36}$');
  return given;
}

export function readTimeInForce(params: Params): TimeInForce | undefined {
  const given = params.text('timeInForce');
  if (given === undefined) return undefined;
  const known = TIMES_IN_FORCE.find((value) => value === given);
  if (!known) throw refuse.timeInForce();
  return known;
}

/** @throws WireError for anything malformed, missing or not accepted by `POST /fapi/v1/order` */
export function readOrderRequest(params: Params, hedgeMode: boolean): OrderRequest {
  const symbol = params.requiredText('symbol');
  const side = readSide(params);
  const type = params.requiredText('type');
  if (CONDITIONAL.includes(type)) throw refuse.useAlgoEndpoint();
  if (type !== 'MARKET' && type !== 'LIMIT') throw refuse.orderType();
  const positionSide = readPositionSide(params, hedgeMode);
  if (params.flag('closePosition')) throw refuse.closePositionType(type);
  if (hedgeMode && params.text('reduceOnly') !== undefined) throw refuse.notRequired('reduceonly');
  const timeInForce = readTimeInForce(params);
  if (type === 'MARKET' && timeInForce !== undefined) throw refuse.notRequired('timeinforce');
  if (type === 'MARKET' && params.text('price') !== undefined) throw refuse.notRequired('price');
  if (type === 'LIMIT' && timeInForce === undefined) throw refuse.missing('timeinforce');
  const goodTillDateMs = params.integer('goodTillDate') ?? 0;
  if (timeInForce === 'GTD' && goodTillDateMs === 0) throw refuse.missing('goodTillDate');
  return {
    symbol,
    side,
    positionSide,
    type,
    origType: type,
    quantity: params.requiredDecimal('quantity'),
    price: type === 'LIMIT' ? params.requiredDecimal('price') : ZERO,
    stopPrice: ZERO,
    timeInForce: timeInForce ?? 'GTC',
    goodTillDateMs,
    reduceOnly: params.flag('reduceOnly'),
    closePosition: false,
    workingType: params.text('workingType') ?? 'CONTRACT_PRICE',
    clientOrderId: readClientId(params, 'newClientOrderId'),
  };
}
