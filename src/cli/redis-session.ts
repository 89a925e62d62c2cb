import type { Environment } from '../config/environment.js';
import { type Keys, keysFor } from '../redis/keys.js';
import { type RedisClient, RedisClients } from '../redis/redis-clients.js';
import { CommandFailure, EXIT } from './exit.js';

const PASSWORD_REFUSED = /NOAUTH|WRONGPASS|NOPERM|invalid username-password/;

/** A command's own connections to the deployment's Redis; it takes part in nothing. */
export class RedisSession {
  readonly #clients: RedisClients;
  readonly keys: Keys;
  readonly commands: RedisClient;
  #lastTrouble = '';

  constructor(environment: Environment) {
    this.#clients = new RedisClients({
      url: environment.redisUrl,
      host: environment.redisHost,
      port: environment.redisPort,
      db: environment.redisDb,
      username: environment.redisUsername,
      password: environment.redisPassword,
      tls: environment.redisTls,
      sentinels: environment.redisSentinels ?? [],
      sentinelName: environment.redisSentinelName,
      clusterNodes: environment.redisClusterNodes ?? [],
    });
    this.#clients.onChange(({ state, detail }) => {
      if (state === 'lost' && detail !== 'connection closed') this.#lastTrouble = detail;
    });
    this.keys = keysFor(environment.redisKeyPrefix);
    this.commands = this.#clients.open('command-line', 'commands');
  }

  /** Throws {@link CommandFailure} when Redis cannot be reached or refuses the user. */
  async connect(client: RedisClient = this.commands): Promise<void> {
    try {
      await client.connect();
      await client.ping();
    } catch (error) {
      const detail = this.#lastTrouble || (error instanceof Error ? error.message : String(error));
      this.close();
      if (PASSWORD_REFUSED.test(detail)) {
        throw new CommandFailure(
          EXIT.configuration,
          `Redis refuses this user: ${detail}. Correct REDIS_USERNAME and REDIS_PASSWORD (or those in REDIS_URL).`,
          { cause: error },
        );
      }
      throw new CommandFailure(
        EXIT.unreachable,
        `Redis cannot be reached: ${detail}. Check that it runs and that REDIS_HOST and REDIS_PORT, or REDIS_URL, name it.`,
        { cause: error },
      );
    }
  }

  /** A connection for blocking reads. */
  async openBlocking(): Promise<RedisClient> {
    const client = this.#clients.open('command-line-read', 'blocking');
    await this.connect(client);
    return client;
  }

  close(): void {
    this.#clients.closeAll();
  }
}
