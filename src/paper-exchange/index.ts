import { readFile } from 'node:fs/promises';
import { BUILT_IN_EXCHANGE_INFO, BUILT_IN_MARKS, type ExchangeInfo } from './exchange-info.js';
import { PaperExchange } from './paper-exchange.js';
import { type Limits, PRODUCTION_LIMITS } from './rate-limits.js';

export type { Fault, FaultAction, FaultMatch } from './faults.js';
export type { PaperExchange } from './paper-exchange.js';

export const DEFAULT_API_KEY = 'paper-api-key';
export const DEFAULT_API_SECRET = 'paper-api-secret';
const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 9001;

export interface PaperExchangeOptions {
  host?: string;
  /** 0 picks a free one; `port` of the result is the chosen one. */
  port?: number;
  apiKey?: string;
  apiSecret?: string;
  /** A stored answer of `GET /fapi/v1/exchangeInfo` to list instead of the built-in symbols. */
  exchangeInfoFile?: string;
  /** Signed amounts at the start, by symbol. */
  positions?: Record<string, string>;
  /** Mark prices at the start, by symbol; others start at an invented price inside their filters. */
  marks?: Record<string, string>;
  /** Wallet balances by asset; 100000 of each otherwise. */
  balances?: Record<string, string>;
  /** Moves every mark price a little once a second. */
  markWalk?: boolean;
  limits?: Partial<Limits>;
  hedgeMode?: boolean;
  /** The exchange's clock minus the host's. */
  clockOffsetMs?: number;
  /** Of the mark walk. */
  seed?: number;
}

/** Starts a paper exchange; resolves when it accepts connections. @throws when the port is taken or the file unreadable */
export async function startPaperExchange(options: PaperExchangeOptions = {}): Promise<PaperExchange> {
  const info =
    options.exchangeInfoFile === undefined ? BUILT_IN_EXCHANGE_INFO : await loadInfo(options.exchangeInfoFile);
  const paper = new PaperExchange({
    info,
    marks: { ...BUILT_IN_MARKS, ...options.marks },
    balances: options.balances ?? {},
    clockOffsetMs: options.clockOffsetMs ?? 0,
    apiKey: options.apiKey ?? DEFAULT_API_KEY,
    apiSecret: options.apiSecret ?? DEFAULT_API_SECRET,
    limits: { ...PRODUCTION_LIMITS, ...options.limits },
    random: options.markWalk === true ? seededRandom(options.seed ?? 1) : undefined,
  });
  if (options.hedgeMode === true) paper.setHedgeMode(true);
  for (const [symbol, amount] of Object.entries(options.positions ?? {})) {
    paper.setPosition(symbol, amount, undefined, { silent: true });
  }
  await paper.listen(options.host ?? DEFAULT_HOST, options.port ?? DEFAULT_PORT);
  return paper;
}

/**
 * Runs a paper exchange as a program: one JSON line on stdout when it listens, until SIGINT or SIGTERM, then exit code 0.
 * Resolves after it has closed.
 */
export async function runPaperExchange(options: PaperExchangeOptions = {}): Promise<void> {
  const paper = await startPaperExchange(options);
  const line = {
    msg: 'paper exchange listening',
    rest_url: paper.restUrl,
    ws_url: paper.wsUrl,
    api_key: options.apiKey ?? DEFAULT_API_KEY,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  await new Promise<void>((resolve) => {
    const stop = (): void => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      resolve();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
  await paper.close();
  process.exitCode = 0;
}

async function loadInfo(file: string): Promise<ExchangeInfo> {
  const parsed: unknown = JSON.parse(await readFile(file, 'utf8'));
  const isInfo = typeof parsed === 'object' && parsed !== null && 'symbols' in parsed && Array.isArray(parsed.symbols);
  if (!isInfo) throw new Error(`${file} is not an exchangeInfo answer: it has no "symbols" list`);
  return { assets: [], ...parsed } as unknown as ExchangeInfo;
}

/** mulberry32: small, seedable, good enough to move a price. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
