import type { ExchangePort } from './exchange.port.js';

/** The exchange's time now, epoch ms, as far as this process knows it. */
export function exchangeNowMs(exchange: Pick<ExchangePort, 'clock'>): number {
  return Date.now() + exchange.clock().offsetMs;
}

/** How far Redis' clock is ahead of the exchange's, in ms. */
export function redisAheadMs(exchange: Pick<ExchangePort, 'clock'>, redisNowMs: number): number {
  return redisNowMs - exchangeNowMs(exchange);
}

/** A time of the exchange on Redis' clock, epoch ms. */
export function redisTimeOf(exchange: Pick<ExchangePort, 'clock'>, redisNowMs: number, exchangeTimeMs: number): number {
  return exchangeTimeMs + redisAheadMs(exchange, redisNowMs);
}
