import type { Environment } from '../config/environment.js';
import { type Keys, keysFor } from '../redis/keys/keys.js';
import type { AddressFinding } from '../redis/connection/address-check.js';
import { type Duty, type RedisClient, RedisClients } from '../redis/connection/redis-clients.js';
import { CommandFailure, EXIT } from './exit.js';
import { redisTargetOf } from '../redis/connection/redis-target.js';

const PASSWORD_REFUSED = /NOAUTH|WRONGPASS|NOPERM|invalid username-password/;

/** A command's own connections to the deployment's Redis. */
export class RedisSession {
  readonly #clients: RedisClients;
  readonly keys: Keys;
  readonly commands: RedisClient;
  #lastTrouble = '';

  /** `duty` is `blocking` for callers that prefer waiting to an immediate error when Redis is slow. */
  constructor(environment: Environment, duty: Duty = 'commands') {
    this.#clients = new RedisClients(redisTargetOf(environment));
    this.#clients.onChange(({ state, detail }) => {
      if (state === 'lost' && detail !== 'connection closed') this.#lastTrouble = detail;
    });
    this.keys = keysFor(environment.redisKeyPrefix);
    this.commands = this.#clients.open('command-line', duty);
  }

  /** Throws {@link CommandFailure} when Redis cannot be reached or refuses the user. */
  async connect(client: RedisClient = this.commands): Promise<void> {
    try {
      await this.#clients.connect(client);
      await client.ping();
    } catch (error) {
      const detail = this.#lastTrouble || (error instanceof Error ? error.message : String(error));
      this.close();
      const { address, login } = this.#clients.variables;
      const [first] = await this.#clients.addressTroubles();
      if (first !== undefined) {
        const remedy = `${first.remedy.charAt(0).toUpperCase()}${first.remedy.slice(1)}.`;
        const found = `${first.address} of ${first.variable}: ${first.trouble}`;
        throw new CommandFailure(EXIT.unreachable, `Redis cannot be reached: ${found}. ${remedy}`, { cause: error });
      }
      if (PASSWORD_REFUSED.test(detail)) {
        throw new CommandFailure(EXIT.configuration, `Redis refuses this user: ${detail}. Correct ${login}.`, {
          cause: error,
        });
      }
      throw new CommandFailure(
        EXIT.unreachable,
        `Redis cannot be reached: ${detail}. Check that it runs and that ${address} name it.`,
        { cause: error },
      );
    }
  }

  /** What each configured Sentinel or cluster node answers that does not work. */
  addressTroubles(): Promise<AddressFinding[]> {
    return this.#clients.addressTroubles();
  }

  get database(): number {
    return this.#clients.database;
  }

  /**
   * Throws unless the connection is on the requested database: one that does not exist is refused once, at
   * connecting, and all commands then go to database 0, which may be another deployment's.
   */
  async insistOnDatabase(): Promise<void> {
    if (this.database === 0) return;
    const found = /\bdb=(\d+)/.exec(await this.commands.client('INFO'))?.[1] ?? '';
    if (found === String(this.database)) return;
    throw new CommandFailure(
      EXIT.configuration,
      `Redis has no database ${this.database}, or this user may not use it. Correct REDIS_DB, or the database in REDIS_URL.`,
    );
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
