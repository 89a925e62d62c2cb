/** One filter of a symbol in exchangeInfo; values are decimal strings (`limit` of MAX_NUM_ORDERS is a number). */
export type SymbolFilter = { readonly filterType: string } & Readonly<Record<string, string | number>>;

/** A symbol as exchangeInfo describes it; only what the paper exchange reads is named. */
export interface SymbolInfo {
  readonly symbol: string;
  readonly status: string;
  readonly baseAsset: string;
  readonly quoteAsset: string;
  readonly marginAsset: string;
  readonly pricePrecision: number;
  readonly quantityPrecision: number;
  readonly filters: readonly SymbolFilter[];
  readonly [field: string]: unknown;
}

/** The static part of an exchangeInfo answer; server time and rate limits are added when it is served. */
export interface ExchangeInfo {
  readonly symbols: readonly SymbolInfo[];
  readonly assets: readonly { readonly asset: string; readonly [field: string]: unknown }[];
}

interface Listing {
  readonly base: string;
  readonly tick: string;
  readonly minPrice: string;
  readonly maxPrice: string;
  readonly step: string;
  /** One step when left out. */
  readonly minQty?: string;
  readonly maxQty: string;
  readonly marketStep?: string;
  readonly marketMaxQty: string;
  readonly minNotional: string;
  readonly mark: string;
  readonly status?: string;
}

/** Listings with the differences of real ones: coarse and fine steps, separate market filters, tiny prices, non-ASCII names. */
const LISTINGS: readonly Listing[] = [
  {
    base: 'BTC',
    tick: '0.10',
    minPrice: '261.10',
    maxPrice: '809484',
    step: '0.001',
    maxQty: '1000',
    marketMaxQty: '120',
    minNotional: '100',
    mark: '65000.00',
  },
  {
    base: 'ETH',
    tick: '0.01',
    minPrice: '39.86',
    maxPrice: '306177',
    step: '0.001',
    maxQty: '10000',
    marketMaxQty: '2000',
    minNotional: '20',
    mark: '3200.00',
  },
  {
    base: 'SOL',
    tick: '0.0100',
    minPrice: '0.4200',
    maxPrice: '6857',
    step: '0.1',
    maxQty: '1000000',
    marketMaxQty: '5000',
    minNotional: '5',
    mark: '150.00',
  },
  {
    base: '1000SHIB',
    tick: '0.000001',
    minPrice: '0.000157',
    maxPrice: '2000',
    step: '1',
    maxQty: '50000000',
    marketMaxQty: '10000000',
    minNotional: '5',
    mark: '0.012345',
  },
  {
    base: 'DOGE',
    tick: '0.000010',
    minPrice: '0.002440',
    maxPrice: '30',
    step: '1',
    maxQty: '50000000',
    marketMaxQty: '30000000',
    minNotional: '5',
    mark: '0.12000',
  },
  {
    base: 'LINK',
    tick: '0.001',
    minPrice: '0.100',
    maxPrice: '10000',
    step: '0.01',
    maxQty: '200000',
    marketStep: '0.1',
    marketMaxQty: '1000',
    minNotional: '5',
    mark: '14.000',
  },
  {
    base: 'SPELL',
    tick: '0.0000001',
    minPrice: '0.0000100',
    maxPrice: '200',
    step: '1',
    minQty: '100',
    maxQty: '80000000',
    marketMaxQty: '20000000',
    minNotional: '5',
    mark: '0.0006000',
  },
  {
    base: '1MBABYDOGE',
    tick: '0.0000001',
    minPrice: '0.0000010',
    maxPrice: '1',
    step: '1000',
    maxQty: '1000000000',
    marketMaxQty: '100000000',
    minNotional: '5',
    mark: '0.0000100',
  },
  {
    base: '币安人生',
    tick: '0.00001',
    minPrice: '0.00010',
    maxPrice: '200',
    step: '1',
    maxQty: '1000000',
    marketMaxQty: '100000',
    minNotional: '5',
    mark: '0.15000',
  },
  {
    base: 'OLDCOIN',
    tick: '0.001',
    minPrice: '0.010',
    maxPrice: '1000',
    step: '1',
    maxQty: '1000000',
    marketMaxQty: '100000',
    minNotional: '5',
    mark: '1.000',
    status: 'SETTLING',
  },
];

const decimals = (value: string): number => {
  const point = value.indexOf('.');
  return point < 0 ? 0 : value.slice(point + 1).replace(/0+$/, '').length;
};

/** What may change of a symbol's rules while it trades; what is left out stays. */
export interface RulesChange {
  readonly stepSize?: string;
  readonly minQty?: string;
  readonly maxQty?: string;
  /** MARKET_LOT_SIZE alone; LOT_SIZE's value where that is given and this is not. */
  readonly marketStepSize?: string;
  readonly marketMinQty?: string;
  readonly marketMaxQty?: string;
  readonly tickSize?: string;
}

/** The description of a symbol after its rules have changed; its precisions follow step and tick. */
export function withRules(info: SymbolInfo, change: RulesChange): SymbolInfo {
  const { stepSize, minQty, maxQty, tickSize } = change;
  const fields: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
    PRICE_FILTER: { tickSize },
    LOT_SIZE: { stepSize, minQty, maxQty },
    MARKET_LOT_SIZE: {
      stepSize: change.marketStepSize ?? stepSize,
      minQty: change.marketMinQty ?? minQty,
      maxQty: change.marketMaxQty ?? maxQty,
    },
  };
  const filters = info.filters.map((filter) => {
    const given = Object.entries(fields[filter.filterType] ?? {}).filter(([, value]) => value !== undefined);
    return { ...filter, ...(Object.fromEntries(given) as Record<string, string>) };
  });
  return {
    ...info,
    quantityPrecision: stepSize === undefined ? info.quantityPrecision : decimals(stepSize),
    pricePrecision: tickSize === undefined ? info.pricePrecision : decimals(tickSize),
    filters,
  };
}

function describe(listing: Listing): SymbolInfo {
  const symbol = `${listing.base}USDT`;
  const marketStep = listing.marketStep ?? listing.step;
  return {
    symbol,
    pair: symbol,
    contractType: 'PERPETUAL',
    deliveryDate: 4133404800000,
    onboardDate: 1569398400000,
    status: listing.status ?? 'TRADING',
    maintMarginPercent: '2.5000',
    requiredMarginPercent: '5.0000',
    baseAsset: listing.base,
    quoteAsset: 'USDT',
    marginAsset: 'USDT',
    pricePrecision: decimals(listing.tick),
    quantityPrecision: decimals(listing.step),
    baseAssetPrecision: 8,
    quotePrecision: 8,
    underlyingType: 'COIN',
    underlyingSubType: [],
    triggerProtect: '0.0500',
    liquidationFee: '0.012500',
    marketTakeBound: '0.05',
    maxMoveOrderLimit: 10000,
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: listing.minPrice, maxPrice: listing.maxPrice, tickSize: listing.tick },
      {
        filterType: 'LOT_SIZE',
        minQty: listing.minQty ?? listing.step,
        maxQty: listing.maxQty,
        stepSize: listing.step,
      },
      {
        filterType: 'MARKET_LOT_SIZE',
        minQty: listing.minQty ?? marketStep,
        maxQty: listing.marketMaxQty,
        stepSize: marketStep,
      },
      { filterType: 'MAX_NUM_ORDERS', limit: 200 },
      { filterType: 'MIN_NOTIONAL', notional: listing.minNotional },
      { filterType: 'PERCENT_PRICE', multiplierUp: '1.0500', multiplierDown: '0.9500', multiplierDecimal: '4' },
      { filterType: 'POSITION_RISK_CONTROL', positionControlSide: 'NONE' },
    ],
    orderTypes: ['LIMIT', 'MARKET', 'STOP', 'STOP_MARKET', 'TAKE_PROFIT', 'TAKE_PROFIT_MARKET', 'TRAILING_STOP_MARKET'],
    timeInForce: ['GTC', 'IOC', 'FOK', 'GTX', 'GTD'],
  };
}

/** The listings the paper exchange trades when no exchangeInfo file is given. */
export const BUILT_IN_EXCHANGE_INFO: ExchangeInfo = {
  symbols: LISTINGS.map(describe),
  assets: [{ asset: 'USDT', marginAvailable: true, autoAssetExchange: '-10000' }],
};

/** Mark prices at the start, by symbol. */
export const BUILT_IN_MARKS: Readonly<Record<string, string>> = Object.fromEntries(
  LISTINGS.map((listing) => [`${listing.base}USDT`, listing.mark]),
);
