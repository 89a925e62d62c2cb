import { accountView, balanceRows, positionRisk } from './account-views.js';
import { BRACKETS, MAX_LEVERAGE } from './markets.js';
import { addRoute, perSymbol, type RouteContext, type RouteTable } from './routes.js';
import { refuse } from './wire-error.js';

const SUCCESS = { code: 200, msg: 'success' };

function setLeverage({ exchange, params }: RouteContext): unknown {
  const { symbol } = exchange.markets.get(params.requiredText('symbol'));
  const text = params.requiredText('leverage');
  const leverage = Number(text);
  if (!Number.isInteger(leverage) || leverage < 1 || leverage > MAX_LEVERAGE) throw refuse.leverage(text);
  exchange.setLeverage(symbol, leverage);
  return { leverage, maxNotionalValue: String(BRACKETS.at(-1)?.notionalCap), symbol };
}

function setMarginType({ exchange, params }: RouteContext): unknown {
  const { symbol } = exchange.markets.get(params.requiredText('symbol'));
  const type = params.requiredText('marginType').toUpperCase();
  if (!['ISOLATED', 'CROSSED', 'CROSS'].includes(type)) throw refuse.invalidParameter('marginType');
  const isolated = type === 'ISOLATED';
  const { account, orders } = exchange;
  if (account.isIsolated(symbol) === isolated) throw refuse.sameMarginType();
  if (orders.open(symbol).length > 0) throw refuse.marginTypeOpenOrders();
  if (account.positionsOf(symbol).some((position) => !position.amount.isZero())) throw refuse.marginTypePosition();
  account.setIsolated(symbol, isolated);
  return SUCCESS;
}

function setPositionMode({ exchange, params }: RouteContext): unknown {
  params.requiredText('dualSidePosition');
  exchange.changePositionMode(params.flag('dualSidePosition'));
  return SUCCESS;
}

function leverageBrackets({ exchange, params }: RouteContext): unknown {
  const symbol = params.text('symbol');
  const asked = symbol === undefined ? [...exchange.markets.all()] : [exchange.markets.get(symbol)];
  return asked.map((market) => ({ symbol: market.symbol, notionalCoef: 1, brackets: BRACKETS }));
}

function symbolConfig({ exchange, params }: RouteContext): unknown {
  const symbol = params.text('symbol');
  const asked = symbol === undefined ? [...exchange.markets.all()] : [exchange.markets.get(symbol)];
  return asked.map((market) => ({
    symbol: market.symbol,
    marginType: exchange.account.isIsolated(market.symbol) ? 'ISOLATED' : 'CROSSED',
    isAutoAddMargin: false,
    leverage: exchange.account.leverage(market.symbol),
    maxNotionalValue: String(BRACKETS.at(-1)?.notionalCap),
  }));
}

/** The fees and the profits of every trade, as far as they are not 0, oldest first. */
function income({ exchange, params }: RouteContext): unknown {
  const symbol = params.text('symbol');
  const type = params.text('incomeType');
  const startMs = params.integer('startTime') ?? 0;
  const endMs = params.integer('endTime') ?? Number.MAX_SAFE_INTEGER;
  const limit = Math.min(1000, params.integer('limit') ?? 100);
  const from = ((params.integer('page') ?? 1) - 1) * limit;
  const rows = exchange.orders.trades.flatMap((trade) =>
    [
      { incomeType: 'COMMISSION', income: trade.commission.neg(), asset: trade.commissionAsset },
      { incomeType: 'REALIZED_PNL', income: trade.realizedPnl, asset: 'USDT' },
    ]
      .filter((row) => !row.income.isZero())
      .map((row) => ({ ...row, income: row.income.toFixed(), symbol: trade.symbol, time: trade.timeMs, id: trade.id })),
  );
  return rows
    .filter((row) => (symbol ?? row.symbol) === row.symbol && (type ?? row.incomeType) === row.incomeType)
    .filter(({ time }) => time >= startMs && time <= endMs)
    .slice(from, from + limit)
    .map(({ id, ...row }) => ({ ...row, info: String(id), tranId: id, tradeId: String(id) }));
}

const accountConfig = ({ exchange }: RouteContext): unknown => ({
  feeTier: 0,
  canTrade: exchange.account.canTrade,
  canDeposit: true,
  canWithdraw: true,
  dualSidePosition: exchange.account.hedgeMode,
  updateTime: 0,
  multiAssetsMargin: false,
  tradeGroupId: -1,
});

function commissionRate({ exchange, params }: RouteContext): unknown {
  const { symbol } = exchange.markets.get(params.requiredText('symbol'));
  return { symbol, makerCommissionRate: '0.000200', takerCommissionRate: '0.000500' };
}

/** Account, positions, settings and listen keys. */
export function addAccountRoutes(table: RouteTable): void {
  for (const version of [1, 2, 3] as const) {
    const shape = version === 3 ? 3 : 2;
    const risk = ({ exchange, params }: RouteContext): unknown => positionRisk(exchange, params.text('symbol'), shape);
    addRoute(table, [version], 'GET', 'positionRisk', 'user', risk, { weight: 5 });
    addRoute(table, [version], 'GET', 'account', 'user', ({ exchange }) => accountView(exchange, shape), { weight: 5 });
    addRoute(table, [version], 'GET', 'balance', 'user', ({ exchange }) => balanceRows(exchange), { weight: 5 });
  }
  const mode = ({ exchange }: RouteContext): unknown => ({ dualSidePosition: exchange.account.hedgeMode });
  addRoute(table, [1], 'GET', 'positionSide/dual', 'user', mode, { weight: 30 });
  addRoute(table, [1], 'POST', 'positionSide/dual', 'trade', setPositionMode);
  addRoute(table, [1], 'POST', 'leverage', 'trade', setLeverage);
  addRoute(table, [1], 'POST', 'marginType', 'trade', setMarginType);
  addRoute(table, [1], 'GET', 'leverageBracket', 'user', leverageBrackets);
  addRoute(table, [1], 'GET', 'symbolConfig', 'user', symbolConfig, { weight: 5 });
  addRoute(table, [1], 'GET', 'accountConfig', 'user', accountConfig, { weight: 5 });
  addRoute(table, [1], 'GET', 'commissionRate', 'user', commissionRate, { weight: 20 });
  addRoute(table, [1], 'GET', 'multiAssetsMargin', 'user', () => ({ multiAssetsMargin: false }), { weight: 30 });
  addRoute(table, [1], 'GET', 'rateLimit/order', 'user', ({ limits }) => limits.describe().slice(1));
  addRoute(table, [1], 'GET', 'income', 'user', income, { weight: 30 });
  addRoute(table, [1], 'GET', 'forceOrders', 'user', () => [], { weight: perSymbol(20, 50) });
  addRoute(
    table,
    [1],
    'GET',
    'apiTradingStatus',
    'user',
    ({ exchange }) => ({ indicators: {}, updateTime: exchange.nowMs() }),
    {
      weight: perSymbol(1, 10),
    },
  );
  addRoute(table, [1], 'POST', 'listenKey', 'key', ({ listenKeys }) => ({ listenKey: listenKeys.obtain(Date.now()) }));
  addRoute(table, [1], 'PUT', 'listenKey', 'key', ({ listenKeys }) => {
    const listenKey = listenKeys.renew(Date.now());
    if (listenKey === undefined) throw refuse.listenKey();
    return { listenKey };
  });
  addRoute(table, [1], 'DELETE', 'listenKey', 'key', ({ listenKeys }) => {
    listenKeys.expire(Date.now(), true);
    return {};
  });
}
