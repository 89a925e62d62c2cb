import type { ExecutionPlan } from './matching.js';
import type { Order } from './model.js';
import { acknowledgement, algoView, orderView, tradeView } from './order-views.js';
import { Params } from './params.js';
import { addRoute, perSymbol, type RouteContext, type RouteTable } from './routes.js';
import { refuse, WireError } from './wire-error.js';

const DEFAULT_FILL_AFTER_MS = 200;
const DEFAULT_PAGE = 500;
const MAX_BATCH = 5;

function view(context: RouteContext, order: Order, withTime: boolean): Record<string, unknown> {
  return orderView(context.exchange.markets.get(order.symbol), order, { withTime });
}

function place(context: RouteContext, params: Params): Record<string, unknown> {
  const responseType = params.text('newOrderRespType') ?? 'ACK';
  if (responseType !== 'ACK' && responseType !== 'RESULT') throw refuse.invalidParameter('newOrderRespType');
  const asked = context.faults.respondAs;
  const plan: ExecutionPlan | undefined = asked && {
    ...asked,
    fillAfterMs: asked.fillAfterMs ?? DEFAULT_FILL_AFTER_MS,
  };
  const order = context.exchange.placeOrder(params, plan);
  if (responseType === 'ACK') return acknowledgement(context.exchange.markets.get(order.symbol), order);
  return view(context, order, false);
}

function test({ exchange, params }: RouteContext): unknown {
  exchange.testOrder(params);
  return {};
}

function placeBatch(context: RouteContext): unknown {
  const list = readBatch(context.params.requiredText('batchOrders'));
  return list.map((entries) => {
    try {
      return place(context, new Params(entries));
    } catch (error) {
      if (error instanceof WireError) return error.body();
      throw error;
    }
  });
}

function readBatch(text: string): [string, string][][] {
  const list = parseList(text);
  if (list.length === 0 || list.length > MAX_BATCH) throw refuse.invalidParameter('batchOrders');
  return list.map((item) => {
    if (typeof item !== 'object' || item === null) throw refuse.invalidParameter('batchOrders');
    return Object.entries(item).map(([name, value]): [string, string] => [name, String(value)]);
  });
}

function parseList(text: string): unknown[] {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list : [];
  } catch (error) {
    throw error instanceof SyntaxError ? refuse.invalidParameter('batchOrders') : error;
  }
}

/** Looks an order up, unless a fault hides young orders. @throws WireError -2013 */
function lookUp(context: RouteContext): Order {
  const { exchange, params, faults } = context;
  const symbol = params.requiredText('symbol');
  exchange.markets.get(symbol);
  const order = exchange.orders.find(symbol, params.integer('orderId'), params.text('origClientOrderId'));
  if (!order || Date.now() - order.acceptedAtMs < faults.orderNotFoundForMs) throw refuse.noSuchOrder();
  return order;
}

function cancel(context: RouteContext): unknown {
  const { exchange, params } = context;
  const symbol = params.requiredText('symbol');
  exchange.markets.get(symbol);
  const order = exchange.orders.find(symbol, params.integer('orderId'), params.text('origClientOrderId'));
  if (!order || !exchange.orders.open(symbol).includes(order)) throw refuse.unknownCancel();
  exchange.cancelOrder(order);
  return view(context, order, false);
}

function cancelAll({ exchange, params }: RouteContext): unknown {
  const { symbol } = exchange.markets.get(params.requiredText('symbol'));
  for (const order of exchange.orders.open(symbol)) exchange.cancelOrder(order);
  return { code: 200, msg: 'The operation of cancel all open order is done.' };
}

function openOrder(context: RouteContext): unknown {
  const order = lookUp(context);
  if (!context.exchange.orders.open(order.symbol).includes(order)) throw refuse.noSuchOrder();
  return view(context, order, true);
}

function openOrders(context: RouteContext): unknown {
  const symbol = context.params.text('symbol');
  if (symbol !== undefined) context.exchange.markets.get(symbol);
  return context.exchange.orders.open(symbol).map((order) => view(context, order, true));
}

/** Keeps what lies between `startTime` and `endTime`, at most `limit` rows: the latest, or the first from an id or from `firstFrom` on. */
function page<T>(
  params: Params,
  rows: readonly T[],
  timeOf: (row: T) => number,
  idOf: (row: T) => number,
  idName: string,
  firstFrom?: 'startTime',
): T[] {
  const startMs = params.integer('startTime') ?? 0;
  const endMs = params.integer('endTime') ?? Number.MAX_SAFE_INTEGER;
  const fromId = params.integer(idName);
  const limit = Math.min(1000, params.integer('limit') ?? DEFAULT_PAGE);
  const kept = rows.filter((row) => timeOf(row) >= startMs && timeOf(row) <= endMs && idOf(row) >= (fromId ?? 0));
  const isFromFirst = fromId !== undefined || (firstFrom !== undefined && params.integer(firstFrom) !== undefined);
  return isFromFirst ? kept.slice(0, limit) : kept.slice(Math.max(0, kept.length - limit));
}

function allOrders(context: RouteContext): unknown {
  const { exchange, params } = context;
  const { symbol } = exchange.markets.get(params.requiredText('symbol'));
  const own = exchange.orders.all.filter((order) => order.symbol === symbol);
  return page(
    params,
    own,
    (order) => order.timeMs,
    (order) => order.orderId,
    'orderId',
  ).map((order) => view(context, order, true));
}

function userTrades({ exchange, params, faults }: RouteContext): unknown {
  const { symbol } = exchange.markets.get(params.requiredText('symbol'));
  const orderId = params.integer('orderId');
  const youngFromMs =
    faults.tradesNotFoundForMs > 0 ? exchange.nowMs() - faults.tradesNotFoundForMs : Number.POSITIVE_INFINITY;
  const own = exchange.orders.trades.filter(
    (trade) =>
      trade.symbol === symbol && trade.timeMs < youngFromMs && (orderId === undefined || trade.orderId === orderId),
  );
  return page(
    params,
    own,
    (trade) => trade.timeMs,
    (trade) => trade.id,
    'fromId',
    'startTime',
  ).map(tradeView);
}

function algoJson(
  context: RouteContext,
  algo: ReturnType<RouteContext['exchange']['placeAlgo']>,
): Record<string, unknown> {
  const { markets, orders } = context.exchange;
  const order = algo.actualOrderId === undefined ? undefined : orders.find(algo.symbol, algo.actualOrderId, undefined);
  return algoView(markets.get(algo.symbol), algo, order);
}

function algoOrder(context: RouteContext): unknown {
  const { exchange, params, faults } = context;
  const algo = exchange.algos.find(params.integer('algoId'), params.text('clientAlgoId'));
  if (!algo || Date.now() - algo.acceptedAtMs < faults.orderNotFoundForMs) throw refuse.noSuchOrder();
  return algoJson(context, algo);
}

function cancelAlgo({ exchange, params }: RouteContext): unknown {
  const algo = exchange.algos.find(params.integer('algoId'), params.text('clientAlgoId'));
  if (!algo || algo.algoStatus !== 'NEW') throw refuse.unknownCancel();
  exchange.algos.cancel(algo);
  return { algoId: algo.algoId, clientAlgoId: algo.clientAlgoId, code: '200', msg: 'success' };
}

function cancelAllAlgos({ exchange, params }: RouteContext): unknown {
  const { symbol } = exchange.markets.get(params.requiredText('symbol'));
  for (const algo of exchange.algos.open(symbol)) exchange.algos.cancel(algo);
  return { code: 200, msg: 'The operation of cancel all open order is done.' };
}

function openAlgoOrders(context: RouteContext): unknown {
  const symbol = context.params.text('symbol');
  if (symbol !== undefined) context.exchange.markets.get(symbol);
  return context.exchange.algos.open(symbol).map((algo) => algoJson(context, algo));
}

function allAlgoOrders(context: RouteContext): unknown {
  const { exchange, params } = context;
  const { symbol } = exchange.markets.get(params.requiredText('symbol'));
  const own = exchange.algos.all.filter((algo) => algo.symbol === symbol);
  return page(
    params,
    own,
    (algo) => algo.createTimeMs,
    (algo) => algo.algoId,
    'algoId',
  ).map((algo) => algoJson(context, algo));
}

/** Orders, conditional orders and trades. */
export function addTradeRoutes(table: RouteTable): void {
  addRoute(table, [1], 'POST', 'order', 'trade', (context) => place(context, context.params), { weight: 0, orders: 1 });
  addRoute(table, [1], 'POST', 'order/test', 'trade', test);
  addRoute(table, [1], 'POST', 'batchOrders', 'trade', placeBatch, { weight: 5, orders: MAX_BATCH });
  addRoute(table, [1], 'GET', 'order', 'user', (context) => view(context, lookUp(context), true));
  addRoute(table, [1], 'DELETE', 'order', 'trade', cancel);
  addRoute(table, [1], 'PUT', 'order', 'trade', () => {
    throw refuse.unsupported('order amendment');
  });
  addRoute(table, [1], 'DELETE', 'allOpenOrders', 'trade', cancelAll);
  addRoute(table, [1], 'GET', 'openOrder', 'user', openOrder);
  addRoute(table, [1], 'GET', 'openOrders', 'user', openOrders, { weight: perSymbol(1, 40) });
  addRoute(table, [1], 'GET', 'allOrders', 'user', allOrders, { weight: 5 });
  addRoute(table, [1], 'GET', 'userTrades', 'user', userTrades, { weight: 5 });
  addRoute(
    table,
    [1],
    'POST',
    'algoOrder',
    'trade',
    (context) => algoJson(context, context.exchange.placeAlgo(context.params)),
    {
      weight: 0,
      orders: 1,
    },
  );
  addRoute(table, [1], 'GET', 'algoOrder', 'user', algoOrder);
  addRoute(table, [1], 'DELETE', 'algoOrder', 'trade', cancelAlgo);
  addRoute(table, [1], 'DELETE', 'algoOpenOrders', 'trade', cancelAllAlgos);
  addRoute(table, [1], 'GET', 'openAlgoOrders', 'user', openAlgoOrders, { weight: perSymbol(1, 40) });
  addRoute(table, [1], 'GET', 'allAlgoOrders', 'user', allAlgoOrders, { weight: 5 });
}
