import { type Decimal, parseDecimal } from '../flow/0-decimal.js';
import type { Fields } from '../flow/0-words.js';
import { asRedisError } from './redis.errors.js';
import type { ControlState } from './control-state.js';
import type { ControlStore } from './control-store.js';
import type { ScriptRunner } from './script-runner.js';
import type { Keys } from './keys.js';
import { snapshotTimeMs } from './position-store.js';
import type { RedisClient } from './redis-clients.js';

/** What a proposal is judged beside: control state, what was carried out last, and the position it speaks of. */
export interface ProposalSurroundings {
  readonly nowMs: number;
  readonly control: ControlState;
  /** JSON, `""` for none. */
  readonly episode: string;
  readonly snapshot:
    { readonly amount: Decimal; readonly tsMs: number; readonly markPrice: Decimal | undefined } | undefined;
}

/** Standing proposals and what surrounds them; reads, but for forgetting an episode that is over. */
export class ProposalStore {
  constructor(
    private readonly client: RedisClient,
    private readonly runner: ScriptRunner,
    private readonly control: ControlStore,
    private readonly keys: Keys,
  ) {}

  /** The standing proposal of each symbol; empty fields where there is none. One round trip's worth of waiting for all. */
  async standing(symbols: readonly string[]): Promise<{ readonly symbol: string; readonly fields: Fields | Error }[]> {
    return Promise.all(
      symbols.map(async (symbol) => {
        try {
          return { symbol, fields: await this.client.hgetall(this.keys.proposal(symbol)) };
        } catch (error) {
          return { symbol, fields: asRedisError(error, `reading the proposal of ${symbol}`) };
        }
      }),
    );
  }

  async surroundings(symbol: string): Promise<ProposalSurroundings> {
    const { keys } = this;
    const { values } = await this.runner.run(
      'read_surroundings',
      {
        killSwitch: keys.killSwitch(),
        arm: keys.arm(),
        governorDisarm: keys.governorDisarm(),
        episode: keys.episode(symbol),
        snapshot: keys.snapshot(symbol),
      },
      {},
    );
    const [nowMs, killSwitch, arm, governorDisarm, episode] = values.slice(0, 5).map(String);
    const snapshot = values[5] as readonly (string | null)[];
    const amount = parseDecimal(snapshot[0] ?? '');
    const tsMs = snapshotTimeMs(snapshot[2] ?? undefined, snapshot[3] ?? undefined);
    return {
      nowMs: Number(nowMs),
      control: this.control.told(killSwitch, arm, governorDisarm),
      episode: episode ?? '',
      snapshot:
        amount === undefined || tsMs === undefined
          ? undefined
          : { amount, tsMs, markPrice: parseDecimal(snapshot[1] ?? '') },
    };
  }

  /** The strategy asks for something else now: what was carried out before may come again later. */
  async endEpisode(symbol: string): Promise<void> {
    try {
      await this.client.del(this.keys.episode(symbol));
    } catch (error) {
      throw asRedisError(error, `ending the episode of ${symbol}`);
    }
  }
}
