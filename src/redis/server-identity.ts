import type { Keys } from './keys.js';
import type { RedisClient } from './redis-clients.js';
import type { ScriptRunner } from './script-runner.js';

/** How long it is remembered that a server may have lost its last writes. */
export const LOST_TAIL_MEMORY_MS = 60_000;
const ASK_AGAIN_MS = 100;

/**
 * Whether the server behind the commands connection is known to be the one that has our writes. A new connection may lead
 * to a promoted replica or a restarted server; until that was looked at, nothing is claimed on it.
 */
export class ServerIdentity {
  #confirmed = false;
  #asking = false;

  constructor(
    private readonly client: RedisClient,
    private readonly runner: ScriptRunner,
    private readonly keys: Keys,
    private readonly onProblem: (what: string, error: unknown) => void,
  ) {
    client.on('close', () => (this.#confirmed = false));
    client.on('ready', () => void this.confirm());
  }

  get confirmed(): boolean {
    return this.#confirmed;
  }

  /** Asks until it is answered or the connection is lost again. */
  async confirm(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      while (!this.#confirmed && this.client.status === 'ready') {
        try {
          const { word } = await this.runner.run(
            'note_server',
            { server: this.keys.server(), lostTail: this.keys.lostTail() },
            { memoryMs: LOST_TAIL_MEMORY_MS },
          );
          if (word === 'changed') {
            this.onProblem('Redis is another server or was started anew: its last writes may be lost', new Error('server identity changed'));
          }
          this.#confirmed = true;
        } catch (error) {
          this.onProblem("Redis' identity could not be asked for", error);
          await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
        }
      }
    } finally {
      this.#asking = false;
    }
  }
}
