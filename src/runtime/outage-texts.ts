import type { Environment } from '../config/environment.js';
import { addressVariables } from '../redis/connection/address-check.js';
import { REMEDY_WHEN_FULL } from '../redis/connection/redis.errors.js';
import { redisTargetOf } from '../redis/connection/redis-target.js';
import type { OutageCause, OutageTexts } from '../telemetry/outage-log.js';

/** The lines about an outage, with the variables that this configuration uses. */
export function outageTexts(environment: Environment): Record<OutageCause, OutageTexts> {
  const address = addressVariables(redisTargetOf(environment));
  return {
    redis: {
      away: 'Redis does not answer: no order is sent until it does',
      remedy: `Check that it runs and is reachable, and that ${address} ${address.includes(' and ') ? 'name' : 'names'} it`,
      back: 'Redis answers again',
    },
    'redis-full': {
      away: 'Redis is at its maxmemory: nothing is published, permitted or claimed',
      remedy: `${REMEDY_WHEN_FULL}. The kill switch, disarming and holds still work`,
      back: 'Redis takes writes again',
    },
    exchange: {
      away: 'The exchange does not answer, or refuses calls for now',
      remedy: `Check the network and the status of the exchange, and that EXCHANGE_REST_URL (now ${environment.exchangeRestUrl}) is right`,
      back: 'The exchange answers again',
    },
  };
}
