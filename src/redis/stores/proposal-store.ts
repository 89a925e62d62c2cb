import { type Decimal, parseDecimal } from '../../flow/0-decimal.js';
import type { Fields } from '../../flow/0-primitives.js';
import { asRedisError } from '../connection/redis.errors.js';
import type { ControlState } from './control-state.js';
import type { ControlStore } from './control-store.js';
import type { ScriptRunner } from '../scripts/script-runner.js';
import type { Keys } from '../keys/keys.js';
import { snapshotTimeMs } from './position-store.js';
import type { RedisClient } from '../connection/redis-clients.js';

/** Whether a word of the strategy still is its newest, and what became of it if not. */
export type Standing = 'stands' | 'proposal_withdrawn' | 'proposal_superseded';

/** What a strategy or operator asks for, as far as it tells one standing proposal from another. */
export interface Word {
  /** `hash` and `stream` are the strategy's channel; anything else is an operator's. */
  readonly source: string;
  readonly action: string;
  readonly proposalId: string;
  readonly newSl: string;
  readonly lastUpdateEpochSec: number;
}

/** Where a word comes from: `new` is noted as the newest of its strategy, if it is; `known` is one that was noted before. */
export type Occasion = { readonly kind: 'new' } | { readonly kind: 'known'; readonly generation: string };

/** What a proposal is judged beside: control state, what was carried out last, and the position it speaks of. */
export interface ProposalContext {
  readonly nowMs: number;
  readonly standing: Standing;
  /** The plan of the word that this one replaced just now, where it has not ended; `""` for none. */
  readonly replacedPlan: string;
  /** The word was stamped later than its strategy's last. */
  readonly isNewer: boolean;
  readonly control: ControlState;
  /** JSON, `""` for none. */
  readonly episode: string;
  readonly snapshot:
    { readonly amount: Decimal; readonly tsMs: number; readonly markPrice: Decimal | undefined } | undefined;
}

/** Standing proposals: what each strategy wants now, and what its proposals are judged beside. */
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

  /** Takes a proposal in. Words from more than `latestSec` ahead are left out: whoever judges refuses them. */
  async takeIn(symbol: string, word: Word, occasion: Occasion, latestSec: number): Promise<ProposalContext> {
    const { keys } = this;
    const { values } = await this.runner.run(
      'take_in_proposal',
      {
        killSwitch: keys.killSwitch(),
        arm: keys.arm(),
        governorDisarm: keys.governorDisarm(),
        episode: keys.episode(symbol),
        snapshot: keys.snapshot(symbol),
        proposal: keys.proposal(symbol),
        wanted: keys.wanted(symbol),
        openPlans: keys.openPlans(),
        retries: keys.retries(),
      },
      {
        takeIn: occasion.kind === 'new' ? '1' : '0',
        source: word.source,
        action: word.action,
        proposalId: word.proposalId,
        stop: word.newSl,
        epoch: word.lastUpdateEpochSec,
        latestEpoch: latestSec,
        generation: occasion.kind === 'new' ? '' : occasion.generation,
      },
    );
    const [nowMs, killSwitch, arm, governorDisarm, episode] = values.slice(0, 5).map(String);
    const snapshot = values[5] as readonly (string | null)[];
    const amount = parseDecimal(snapshot[0] ?? '');
    const tsMs = snapshotTimeMs(snapshot[2] ?? undefined, snapshot[3] ?? undefined);
    return {
      nowMs: Number(nowMs),
      standing: values[6] as Standing,
      replacedPlan: String(values[7]),
      isNewer: values[8] === '1',
      control: this.control.told(killSwitch, arm, governorDisarm),
      episode: episode ?? '',
      snapshot:
        amount === undefined || tsMs === undefined
          ? undefined
          : { amount, tsMs, markPrice: parseDecimal(snapshot[1] ?? '') },
    };
  }

  /** The plan of the strategy's newest word; `""` for none. */
  async planOf(symbol: string): Promise<string> {
    try {
      return (await this.client.hmget(this.keys.wanted(symbol), 'plan_id'))[0] ?? '';
    } catch (error) {
      throw asRedisError(error, `reading what the strategy of ${symbol} wants`);
    }
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
