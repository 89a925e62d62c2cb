import { type Redis, type SentinelConnectionOptions, SentinelConnector } from 'ioredis';

/** A Sentinel that owes an answer for so long is given up and asked on a new connection. */
const SILENCE_MS = 3_000;
const HEARTBEAT_MS = 2_000;

type ConnectToSentinel = (endpoint: object, options?: object) => Redis;

/**
 * ioredis keeps a connection to each Sentinel to hear of a failover. As it comes, such a connection has no listener for its
 * errors, which then go to standard error, and one whose packets are lost is silent for good. Here each is asked for a sign
 * of life and its errors are left to the connection they serve.
 */
export class WatchfulSentinelConnector extends SentinelConnector {
  /** Why a Sentinel could not be asked, as the network said last: ioredis only says that its connection is closed. */
  #trouble = '';

  /** ioredis hands over its own options. */
  constructor(given: unknown) {
    super(given as SentinelConnectionOptions);
    // A private method of ioredis 6.0.0; test/redis/redis-sentinel.test.ts fails when it is another one.
    const connect = (Reflect.get(this, 'connectToSentinel') as ConnectToSentinel).bind(this);
    const watched: ConnectToSentinel = (endpoint, options) =>
      watch(connect(endpoint, { ...options, socketTimeout: SILENCE_MS, disableClientInfo: true }), (trouble) => {
        this.#trouble = trouble;
      });
    Reflect.set(this, 'connectToSentinel', watched);
  }

  override connect(emit: Parameters<SentinelConnector['connect']>[0]): ReturnType<SentinelConnector['connect']> {
    return super.connect((type, error) =>
      emit(type, this.#trouble === '' ? error : new Error(`${error.message} (${this.#trouble})`, { cause: error })),
    );
  }
}

function watch(sentinel: Redis, told: (trouble: string) => void): Redis {
  // Why no Sentinel could be asked is told by the connection that wanted to know; one of several may be away.
  sentinel.on('error', ({ message }: Error) => told(message));
  sentinel.on('ready', () => told(''));
  const heartbeat = setInterval(() => {
    if (sentinel.status === 'ready') sentinel.ping().catch(() => undefined);
  }, HEARTBEAT_MS).unref();
  sentinel.once('end', () => clearInterval(heartbeat));
  return sentinel;
}
