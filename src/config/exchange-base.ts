import type { ApplyMode } from './roles.js';

/** Binance's own USD-M futures bases per account; the testnet's are those of demo trading. */
export const BINANCE_BASES = {
  testnet: { rest: 'https://demo-fapi.binance.com', ws: 'wss://fstream.binancefuture.com' },
  production: { rest: 'https://fapi.binance.com', ws: 'wss://fstream.binance.com' },
} as const;
export type ExchangeAccount = keyof typeof BINANCE_BASES;

/** Whose account is read and traded. A dry run reads the account its keys belong to, the testnet without any. */
export function exchangeAccount(values: {
  readonly applyMode: ApplyMode;
  readonly binanceApiKey: string | undefined;
}): ExchangeAccount {
  if (values.applyMode !== 'dry_run') return values.applyMode;
  return values.binanceApiKey === undefined ? 'testnet' : 'production';
}

/**
 * The origin of a base such as `http://127.0.0.1:9001`. `undefined` when the text is not a base, has a path, a query or a
 * user, or would send unencrypted signed requests to another machine.
 */
export function exchangeBase(text: string, protocol: 'http' | 'ws'): string | undefined {
  if (!/^[a-z]+:\/\/[^\s\\\p{C}]+$/iu.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const bare =
    url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  const secure = url.protocol === `${protocol}s:`;
  const known = secure || (url.protocol === `${protocol}:` && isLoopbackHost(url.hostname));
  return bare && known ? `${url.protocol}//${url.host}` : undefined;
}

/** Whether a base (already read by {@link exchangeBase}) stays on this machine. */
export function isLoopbackBase(base: string): boolean {
  return isLoopbackHost(new URL(base).hostname);
}

/** `http://127.0.0.1:9001` → `ws://127.0.0.1:9001`. */
export function webSocketBase(restBase: string): string {
  return restBase.replace(/^http/, 'ws');
}

export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** Hosts of Binance's testnet and of demo trading; every other host of its domains is production's. */
const TESTNET_HOST = /^(?:demo|testnet)[.-]|\.binancefuture\.com$/;
const BINANCE_HOST = /(?:^|\.)binance(?:future)?\.com$/;

/** Whose account a base of Binance trades, however its host is written (`fapi1`, a trailing dot); `undefined` for another's base. */
export function binanceAccountOf(base: string): ExchangeAccount | undefined {
  const host = new URL(base).hostname.toLowerCase().replace(/\.+$/, '');
  if (!BINANCE_HOST.test(host)) return undefined;
  return TESTNET_HOST.test(host) ? 'testnet' : 'production';
}
