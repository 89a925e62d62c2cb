import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { redisConfiguration } from '../../src/cli/configuration.js';
import { RedisSession } from '../../src/cli/redis-session.js';
import { writeListing } from '../harness/listing.js';
import { PaperExchangeProcess } from '../harness/paper-exchange-process.js';
import { type Fsync, RedisServer } from '../harness/redis-server.js';
import { TEST_ADMIN, writeUsersFile } from '../harness/users-file.js';
import type { TempResources } from '../harness/temp-resources.js';

/** Enough to be halved again and again by the orders of a run, each by one order. */
const POSITION = '10000000';
const LARGEST_ORDER = POSITION;
const LISTED = 'BTCUSDT';

/** A Redis and a paper exchange of its own: every measurement starts on empty ones. */
export interface BenchEnvironment {
  readonly redisUrl: string;
  readonly redisSocket: string;
  readonly redisPid: number;
  readonly session: RedisSession;
  readonly exchange: PaperExchangeProcess;
  readonly symbols: readonly string[];
  end(): Promise<void>;
}

let started = 0;

export async function startEnvironment(
  { folder, processes }: TempResources,
  fsync: Fsync,
  symbolCount: number,
  { isLimited, hasUsers }: { readonly isLimited: boolean; readonly hasUsers: boolean },
): Promise<BenchEnvironment> {
  const redisFolder = join(folder, `redis-${(started += 1)}`);
  mkdirSync(redisFolder);
  const usersFile = join(redisFolder, 'users.acl');
  if (hasUsers) writeUsersFile(usersFile);
  const config = hasUsers ? ['--aclfile', usersFile] : [];
  const redis = await new RedisServer({ processes, folder: redisFolder, fsync, config }).start();
  const redisUrl = `unix://${redis.socketPath}`;
  const login = hasUsers ? { REDIS_USERNAME: TEST_ADMIN, REDIS_PASSWORD: TEST_ADMIN } : {};
  const session = new RedisSession(redisConfiguration({ REDIS_URL: redisUrl, ...login }), 'blocking');
  await session.connect();
  // Binance's limits on requests and orders are in the way of most loads.
  const listed = { ...listing(folder, symbolCount), unlimited: !isLimited };
  const exchange = await PaperExchangeProcess.start(listed, folder, { processes });
  return {
    redisUrl,
    redisSocket: redis.socketPath,
    redisPid: redis.pid,
    session,
    exchange,
    symbols: Object.keys(listed.positions),
    end: async () => {
      session.close();
      await exchange.stop();
      await redis.stop();
    },
  };
}

/** As many symbols as are wanted, each like {@link LISTED} and with a position. */
function listing(
  folder: string,
  symbolCount: number,
): { readonly positions: Readonly<Record<string, string>>; readonly exchangeInfoFile?: string } {
  if (symbolCount === 1) return { positions: { [LISTED]: POSITION } };
  const symbols = Array.from({ length: symbolCount }, (_, index) => `B${String(index).padStart(4, '0')}USDT`);
  const positions = Object.fromEntries(symbols.map((symbol) => [symbol, POSITION]));
  return { positions, exchangeInfoFile: writeListing(folder, symbols, { maxQty: LARGEST_ORDER }) };
}

/** The time by Redis' clock, epoch ms. */
export async function redisNowMs({ session }: BenchEnvironment): Promise<number> {
  const [seconds = 0, microseconds = 0] = await session.commands.time();
  return seconds * 1_000 + Math.floor(microseconds / 1_000);
}
