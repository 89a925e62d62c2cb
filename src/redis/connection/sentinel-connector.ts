import { type Redis, type SentinelConnectionOptions, SentinelConnector } from 'ioredis';

/** A Sentinel without an answer for this long is asked again on a new connection. */
const SILENCE_MS = 3_000;
const HEARTBEAT_MS = 2_000;

type ConnectToSentinel = (endpoint: object, options?: object) => Redis;

/**
 * ioredis keeps a connection to each Sentinel to receive failover events. By default such a connection has no error listener, so its
 * errors go to standard error, and a connection whose packets are lost never recovers. This connector pings each connection and passes
 * its errors to the connection it serves.
 */
export class WatchfulSentinelConnector extends SentinelConnector {
  /** The last network error of a Sentinel; ioredis itself only reports that the connection is closed. */
  #trouble = '';

  /** ioredis passes its own options. */
  constructor(given: unknown) {
    super(given as SentinelConnectionOptions);
    // A private method of ioredis 6.0.0; test/redis/redis-sentinel.test.ts fails if it changes.
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

function watch(sentinel: Redis, report: (trouble: string) => void): Redis {
  // The connection that needs a Sentinel logs the error; one of several Sentinels may be down.
  sentinel.on('error', ({ message }: Error) => report(message));
  sentinel.on('ready', () => report(''));
  const heartbeat = setInterval(() => {
    if (sentinel.status === 'ready') sentinel.ping().catch(() => undefined);
  }, HEARTBEAT_MS).unref();
  sentinel.once('end', () => clearInterval(heartbeat));
  return sentinel;
}
