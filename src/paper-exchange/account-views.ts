import type { Account } from './account.js';
import { type Decimal, toPlainString, ZERO } from './decimal.js';
import type { Exchange } from './exchange.js';
import type { Market } from './markets.js';
import { type Position, remaining } from './model.js';
import { onlyCloses } from './reduce-only.js';

const money = (value: Decimal): string => value.toFixed(8);

interface Figures {
  readonly notional: Decimal;
  readonly unrealized: Decimal;
  readonly initialMargin: Decimal;
  readonly maintenance: Decimal;
}

function figures(account: Account, market: Market, position: Position): Figures {
  const notional = position.amount.times(market.mark);
  return {
    notional,
    unrealized: market.mark.minus(position.entryPrice).times(position.amount),
    initialMargin: notional.abs().div(account.leverage(position.symbol)),
    maintenance: notional.abs().times('0.01'),
  };
}

/** One row of `positionRisk`; version 3 drops the settings and adds the margins. */
function positionRow(exchange: Exchange, market: Market, position: Position, version: 2 | 3): Record<string, unknown> {
  const { account } = exchange;
  const { notional, unrealized, initialMargin, maintenance } = figures(account, market, position);
  const shared = {
    symbol: position.symbol,
    positionSide: position.positionSide,
    positionAmt: position.amount.toFixed(Math.max(market.info.quantityPrecision, position.amount.decimalPlaces())),
    entryPrice: position.entryPrice.isZero() ? '0.0' : toPlainString(position.entryPrice),
    breakEvenPrice: position.entryPrice.isZero() ? '0.0' : toPlainString(position.entryPrice),
    markPrice: market.mark.toFixed(Math.max(8, market.mark.decimalPlaces())),
    unRealizedProfit: money(unrealized),
    liquidationPrice: '0',
    notional: toPlainString(notional),
    isolatedWallet: '0',
    updateTime: position.updateTimeMs,
  };
  if (version === 2) {
    return {
      ...shared,
      isolatedMargin: '0.00000000',
      leverage: String(account.leverage(position.symbol)),
      maxNotionalValue: '100000000',
      marginType: account.isIsolated(position.symbol) ? 'isolated' : 'cross',
      isAutoAddMargin: 'false',
      isolated: account.isIsolated(position.symbol),
      adlQuantile: 0,
    };
  }
  const openMargin = openOrderMargin(exchange, market);
  return {
    ...shared,
    isolatedMargin: '0',
    marginAsset: market.info.marginAsset,
    initialMargin: money(initialMargin.plus(openMargin)),
    maintMargin: money(maintenance),
    positionInitialMargin: money(initialMargin),
    openOrderInitialMargin: money(openMargin),
    adl: 0,
    bidNotional: toPlainString(openNotional(exchange, market, 'BUY')),
    askNotional: toPlainString(openNotional(exchange, market, 'SELL')),
  };
}

/** `positionRisk`: version 2 lists every symbol, version 3 only those with a position or an open order. */
export function positionRisk(
  exchange: Exchange,
  symbol: string | undefined,
  version: 2 | 3,
): Record<string, unknown>[] {
  const { account, markets, orders } = exchange;
  const asked = symbol === undefined ? [...markets.all()] : [markets.get(symbol)];
  const busy = new Set(orders.open().map((order) => order.symbol));
  for (const position of account.open()) busy.add(position.symbol);
  return asked
    .filter((market) => version === 2 || busy.has(market.symbol))
    .flatMap((market) =>
      account.positionsOf(market.symbol).map((position) => positionRow(exchange, market, position, version)),
    )
    .filter((row) => version === 2 || !account.hedgeMode || Number(row['positionAmt']) !== 0);
}

export function balanceRows(exchange: Exchange): Record<string, unknown>[] {
  return exchange.assets().map((asset) => {
    const sums = assetSums(exchange, asset);
    return {
      accountAlias: 'paper',
      asset,
      balance: money(sums.wallet),
      crossWalletBalance: money(sums.wallet),
      crossUnPnl: money(sums.unrealized),
      availableBalance: money(sums.available),
      maxWithdrawAmount: money(sums.available),
      marginAvailable: true,
      updateTime: exchange.nowMs(),
    };
  });
}

/** `account`: totals, assets and positions; version 2 also says what the key may do. */
export function accountView(exchange: Exchange, version: 2 | 3): Record<string, unknown> {
  const assets = exchange.assets();
  const all = assets.map((asset) => assetSums(exchange, asset));
  const total = (pick: (sums: AssetSums) => Decimal): string =>
    money(all.reduce((sum, one) => sum.plus(pick(one)), ZERO));
  const totals = {
    totalInitialMargin: total((s) => s.initial.plus(s.orders)),
    totalMaintMargin: total((s) => s.maintenance),
    totalWalletBalance: total((s) => s.wallet),
    totalUnrealizedProfit: total((s) => s.unrealized),
    totalMarginBalance: total((s) => s.wallet.plus(s.unrealized)),
    totalPositionInitialMargin: total((s) => s.initial),
    totalOpenOrderInitialMargin: total((s) => s.orders),
    totalCrossWalletBalance: total((s) => s.wallet),
    totalCrossUnPnl: total((s) => s.unrealized),
    availableBalance: total((s) => s.available),
    maxWithdrawAmount: total((s) => s.available),
  };
  const assetRows = assets.map((asset) => {
    const s = assetSums(exchange, asset);
    return {
      asset,
      walletBalance: money(s.wallet),
      unrealizedProfit: money(s.unrealized),
      marginBalance: money(s.wallet.plus(s.unrealized)),
      maintMargin: money(s.maintenance),
      initialMargin: money(s.initial.plus(s.orders)),
      positionInitialMargin: money(s.initial),
      openOrderInitialMargin: money(s.orders),
      crossWalletBalance: money(s.wallet),
      crossUnPnl: money(s.unrealized),
      availableBalance: money(s.available),
      maxWithdrawAmount: money(s.available),
      marginAvailable: true,
      updateTime: exchange.nowMs(),
    };
  });
  const positions = positionRisk(exchange, undefined, version).map((row) => ({
    ...row,
    unrealizedProfit: row['unRealizedProfit'],
    positionInitialMargin: row['positionInitialMargin'] ?? '0',
  }));
  if (version === 3) return { ...totals, assets: assetRows, positions };
  const settings = {
    feeTier: 0,
    feeBurn: false,
    canTrade: exchange.account.canTrade,
    canDeposit: true,
    canWithdraw: true,
    updateTime: 0,
    multiAssetsMargin: false,
    tradeGroupId: -1,
  };
  return { ...settings, ...totals, assets: assetRows, positions };
}

interface AssetSums extends Figures {
  readonly wallet: Decimal;
  readonly initial: Decimal;
  readonly orders: Decimal;
  readonly available: Decimal;
}

function assetSums(exchange: Exchange, asset: string): AssetSums {
  const { account, markets, orders } = exchange;
  let sums = { notional: ZERO, unrealized: ZERO, initial: ZERO, maintenance: ZERO, orders: ZERO };
  for (const position of account.open()) {
    const market = markets.get(position.symbol);
    if (market.info.marginAsset !== asset) continue;
    const one = figures(account, market, position);
    sums = {
      ...sums,
      notional: sums.notional.plus(one.notional.abs()),
      unrealized: sums.unrealized.plus(one.unrealized),
      initial: sums.initial.plus(one.initialMargin),
      maintenance: sums.maintenance.plus(one.maintenance),
    };
  }
  for (const symbol of new Set(orders.open().map((order) => order.symbol))) {
    const market = markets.get(symbol);
    if (market.info.marginAsset === asset) sums.orders = sums.orders.plus(openOrderMargin(exchange, market));
  }
  const available = account.availableMargin(asset, markets, orders.open());
  return {
    ...sums,
    initialMargin: sums.initial,
    wallet: account.wallet(asset),
    available: available.lt(0) ? ZERO : available,
  };
}

function openNotional(exchange: Exchange, market: Market, side: 'BUY' | 'SELL'): Decimal {
  return exchange.orders
    .open(market.symbol)
    .filter((order) => order.side === side && !onlyCloses(order))
    .reduce((sum, order) => sum.plus(remaining(order).times(order.price)), ZERO);
}

function openOrderMargin(exchange: Exchange, market: Market): Decimal {
  const both = openNotional(exchange, market, 'BUY').plus(openNotional(exchange, market, 'SELL'));
  return both.div(exchange.account.leverage(market.symbol));
}
