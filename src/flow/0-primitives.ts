declare const brand: unique symbol;
type Brand<T, B extends string> = T & { readonly [brand]: B };

/** First 16 hex digits of the SHA-256 of a proposal's identity; the name of a plan over all its attempts. */
export type PlanId = Brand<string, 'PlanId'>;
/** An exchange symbol such as `BTCUSDT`. */
export type MarketSymbol = Brand<string, 'MarketSymbol'>;

const PLAN_ID = /^[A-Za-z0-9_.-]{1,64}$/;
/** Binance lists symbols with letters outside ASCII; characters that break keys, scripts or log lines are refused. */
const SYMBOL = /^[\p{L}\p{N}_]{1,40}$/u;

/** Reads a plan id. Ours are 16 hex digits; other publishers' may be any short token without separators. */
export function parsePlanId(text: string | undefined): PlanId | undefined {
  return text?.match(PLAN_ID)?.[0] as PlanId | undefined;
}

export function parseMarketSymbol(text: string | undefined): MarketSymbol | undefined {
  return text?.match(SYMBOL)?.[0] as MarketSymbol | undefined;
}

/** Those of the texts that name a symbol. */
export function parseMarketSymbols(texts: readonly string[]): MarketSymbol[] {
  return texts.map((text) => parseMarketSymbol(text)).filter((symbol) => symbol !== undefined);
}

export const MODES = ['dry_run', 'testnet', 'production'] as const;
/** What an attempt may do. A permit of one mode does not count in another. */
export type Mode = (typeof MODES)[number];

/** Flat string fields, as Redis hashes and stream entries hold them. */
export type Fields = Readonly<Record<string, string>>;

/** `True`/`False` as stream and hash fields carry them; readers accept any case and `1`/`0`. */
export function booleanField(value: boolean): string {
  return value ? 'True' : 'False';
}

export function parseBooleanField(text: string | undefined): boolean | undefined {
  switch (text?.toLowerCase()) {
    case 'true':
    case '1':
      return true;
    case 'false':
    case '0':
      return false;
    // Stryker disable next-line ConditionalExpression: without it the end of the function gives undefined too
    default:
      return undefined;
  }
}

/** The outcomes that an operator can record for an order the resolver could not settle; `placed` is only for stops. */
export const RESOLUTIONS = ['filled', 'partly_filled', 'placed', 'not_found'] as const;
export type ResolutionOutcome = (typeof RESOLUTIONS)[number];
