import { Inject, Injectable } from '@nestjs/common';
import { EXCHANGE, type ExchangePort } from '../../exchange/exchange.port.js';
import { redisAheadMs } from '../../exchange/exchange-time.js';
import { FUTURE_TOLERANCE_SEC } from '../../gates/proposal/fresh.js';
import { RedisTime } from '../system/redis-time.js';

/** Compares Redis' clock with the exchange's: proposals that are stamped with the right time are refused where it is wrong. */
@Injectable()
export class ClockCheck {
  constructor(
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
    private readonly time: RedisTime,
  ) {}

  async fault(): Promise<string | undefined> {
    const aheadSec = redisAheadMs(this.exchange, await this.time.nowMs()) / 1000;
    // Written so that NaN counts as wrong.
    if (Math.abs(aheadSec) <= FUTURE_TOLERANCE_SEC) return undefined;
    const where = aheadSec < 0 ? 'behind' : 'ahead of';
    return (
      `Redis' clock is ${Math.abs(aheadSec).toFixed(0)} s ${where} the exchange's (${FUTURE_TOLERANCE_SEC} s are allowed): ` +
      'proposals with the right time are refused. Correct the clock of the host of Redis (NTP: chronyc makestep, timedatectl)'
    );
  }
}
