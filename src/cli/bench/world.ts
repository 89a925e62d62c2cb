import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Belongings, stopChild } from '../demo/belongings.js';
import { PaperVenue } from '../demo/paper-venue.js';
import { type Fsync, startPrivateRedis } from '../demo/private-redis.js';
import { redisConfiguration } from '../configuration.js';
import { RedisSession } from '../redis-session.js';

/** Enough to be halved again and again by the orders of a run. */
const POSITION = '1000000';
const LISTED = 'BTCUSDT';

/** A Redis of its own and its own paper exchange: every measurement starts on an empty one. */
export interface World {
  readonly redisUrl: string;
  readonly redisSocket: string;
  readonly redisPid: number;
  readonly session: RedisSession;
  readonly venue: PaperVenue;
  readonly symbols: readonly string[];
  end(): Promise<void>;
}

let worlds = 0;

export async function startWorld(belongings: Belongings, fsync: Fsync, symbolCount: number): Promise<World> {
  const redis = await startPrivateRedis(belongings, `redis-${(worlds += 1)}`, fsync);
  const redisUrl = `unix://${redis.socket}`;
  const session = new RedisSession(redisConfiguration({ REDIS_URL: redisUrl }), 'blocking');
  await session.connect();
  const { venue, symbols } = await startVenue(belongings, symbolCount);
  return {
    redisUrl,
    redisSocket: redis.socket,
    redisPid: redis.child.pid ?? 0,
    session,
    venue,
    symbols,
    end: async () => {
      session.close();
      await venue.stop();
      await stopChild(redis.child);
    },
  };
}

/** A venue that lists as many symbols as are wanted, each like {@link LISTED}, without limits on requests and orders. */
async function startVenue(
  belongings: Belongings,
  symbolCount: number,
): Promise<{ readonly venue: PaperVenue; readonly symbols: readonly string[] }> {
  if (symbolCount === 1)
    return { venue: await PaperVenue.start(belongings, { [LISTED]: POSITION }, ['--unlimited']), symbols: [LISTED] };
  const model = await PaperVenue.start(belongings, {});
  const info = (await (await fetch(`${model.restUrl}/fapi/v1/exchangeInfo`)).json()) as {
    symbols: { symbol: string }[];
  };
  await model.stop();
  const listed = info.symbols.find(({ symbol }) => symbol === LISTED);
  const symbols = Array.from({ length: symbolCount }, (_, index) => `B${String(index).padStart(4, '0')}USDT`);
  const copies = symbols.map((symbol) => ({ ...listed, symbol, pair: symbol, baseAsset: symbol.slice(0, -4) }));
  const file = join(belongings.folder, `exchange-info-${symbolCount}.json`);
  writeFileSync(file, JSON.stringify({ ...info, symbols: copies }));
  const held = Object.fromEntries(symbols.map((symbol) => [symbol, POSITION]));
  return { venue: await PaperVenue.start(belongings, held, ['--unlimited', '--exchange-info', file]), symbols };
}
