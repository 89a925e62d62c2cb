import { Inject, Injectable } from '@nestjs/common';
import { type Decimal, parseDecimal } from '../../flow/0-decimal.js';
import type { Fields } from '../../flow/0-primitives.js';
import { type Action, ACTIONS, MAX_FIELD_LENGTH, PROPOSAL_FIELDS, type Proposal } from '../../flow/1-proposal.js';
import { encodeTakenUp, identityOf, type NotStanding, parseTakenUp, type TakenUp } from '../../flow/1-standing.js';
import { inParts } from '../in-parts.js';
import { askRedis, RedisRefused, unlessWrongType } from '../connection/redis.errors.js';
import type { ControlState } from './control-state.js';
import { ControlStore } from './control-store.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import type { Keys } from '../keys/keys.js';
import { KEEP_MS } from './plan-journal.js';
import { positionKeys } from './position-evidence.js';
import { missedSteps, snapshotTimeMs } from './stored-snapshot.js';
import type { RedisClient } from '../connection/redis-clients.js';
import { COMMANDS, KEYS } from '../redis.tokens.js';

/** Whether a request still stands, or why not. */
export type Stands = 'stands' | NotStanding;

/** The parts of a proposal that distinguish it from other proposals. */
export interface Request extends Pick<Proposal, 'action' | 'closePct' | 'proposalId' | 'newSl' | 'lastUpdateEpochSec'> {
  /** `hash` and `stream` are the strategy's channel; every other value is an operator. */
  readonly source: string;
  /** See {@link identityOf}. */
  readonly identity: string;
}

/** `new`: to be recorded as the strategy's request, if it is the newest. `known`: was recorded before. */
export type Occasion = { readonly kind: 'new' } | { readonly kind: 'known'; readonly generation: string };

/** What a proposal is judged by: control state, the taken-up proposal, and the position. */
export interface ProposalContext {
  readonly nowMs: number;
  readonly stands: Stands;
  /** The plan of the request that this one has just replaced, if it has not ended; `""` for none. */
  readonly replacedPlan: string;
  /** True if its stamp is later than the last one of its strategy. */
  readonly isNewer: boolean;
  readonly control: ControlState;
  /** By an operator. */
  readonly suspended: boolean;
  /** What the issuers need, for the plan to carry; `""` where it must be read. */
  readonly evidence: { readonly governor: string; readonly position: string };
  /** The present episode of the symbol. */
  readonly episode: number;
  /** The stored bytes of this proposal; `""` for none. */
  readonly storedTakenUp: string;
  readonly takenUp: TakenUp | 'unreadable' | undefined;
  readonly ledgerAmount: Decimal | undefined;
  /** True if no order of ours is open and the snapshot is younger than the last fill. */
  readonly isSettled: boolean;
  readonly snapshot:
    { readonly amount: Decimal; readonly tsMs: number; readonly markPrice: Decimal | undefined } | undefined;
}

/** What the strategy asked for last, and what has become of it. */
export interface AskedLast {
  readonly action: Action;
  readonly closePct: string;
  readonly stampMs: number;
  readonly planId: string;
  /** In the present episode; `undefined` if it was not taken up, or cannot be read. */
  readonly takenUp: TakenUp | undefined;
}

/** Longer fields are not read, and so not judged in characters. */
const MOST_FIELD_BYTES = 65_536;

/** What a proposal hash says; `fault` if it was not read because a field is too large. */
export interface FoundProposal {
  readonly symbol: string;
  readonly fields: Fields | Error;
  readonly fault: string | undefined;
}

/** A script that reads so many hashes holds no other command up. */
const PROPOSALS_A_SCRIPT = 100;

type Found =
  | readonly ['none']
  | readonly ['proposal', readonly string[]]
  | readonly ['too_large', field: string, bytes: string]
  | readonly ['error', message: string];

function proposalIn(symbol: string, found: Found | undefined): Pick<FoundProposal, 'fields' | 'fault'> {
  switch (found?.[0]) {
    case 'none':
      return { fields: {}, fault: undefined };
    case 'too_large':
      return {
        fields: {},
        fault: `${found[1]} is ${found[2]} bytes long; ${MAX_FIELD_LENGTH} characters are allowed`,
      };
    case 'proposal': {
      const [, texts] = found;
      const fields = Object.fromEntries(PROPOSAL_FIELDS.map((field, at) => [field, texts[at] ?? '']));
      return { fields, fault: undefined };
    }
    default:
      return {
        fields: new RedisRefused(`reading the proposal of ${symbol}: ${found?.[1] ?? 'Redis did not answer it'}`),
        fault: undefined,
      };
  }
}

/** Standing proposals: the present request of each symbol, its taken-up proposals, and the context of a judgement. */
@Injectable()
export class ProposalStore {
  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    private readonly runner: ScriptRunner,
    private readonly control: ControlStore,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  /** The standing proposal of each symbol; empty fields if there is none. A hundred in one script. Sizes are asked before it is read. */
  async standing(symbols: readonly string[]): Promise<FoundProposal[]> {
    return (await Promise.all(inParts(symbols, PROPOSALS_A_SCRIPT).map((part) => this.#some(part)))).flat();
  }

  async #some(symbols: readonly string[]): Promise<FoundProposal[]> {
    const [first = '', ...others] = symbols.map((symbol) => this.keys.proposal(symbol));
    try {
      const args = { mostBytes: MOST_FIELD_BYTES };
      const { values } = await this.runner.run('read_proposal', { proposal: first }, args, PROPOSAL_FIELDS, others);
      return symbols.map((symbol, at) => ({ symbol, ...proposalIn(symbol, (values[0] as readonly Found[])[at]) }));
    } catch (error) {
      const failed = error instanceof Error ? error : new Error(String(error));
      return symbols.map((symbol) => ({ symbol, fields: failed, fault: undefined }));
    }
  }

  /** Takes a proposal in. A stamp more than `latestSec` in the future is not recorded; the gates refuse it. */
  async takeIn(symbol: string, request: Request, occasion: Occasion, latestSec: number): Promise<ProposalContext> {
    const { keys } = this;
    const { values } = await this.runner.run(
      'take_in_proposal',
      {
        killSwitch: keys.killSwitch(),
        arm: keys.arm(),
        governorDisarm: keys.governorDisarm(),
        proposal: keys.proposal(symbol),
        standing: keys.standing(symbol),
        takenUp: keys.takenUp(symbol, request.identity),
        openPlans: keys.openPlans(),
        retries: keys.retries(),
        ...positionKeys(keys, symbol),
        executions: keys.executions(symbol),
        usage: keys.usage(symbol),
      },
      {
        takeIn: occasion.kind === 'new' ? '1' : '0',
        source: request.source,
        action: request.action,
        closePct: request.closePct,
        proposalId: request.proposalId,
        stop: request.newSl,
        stamp: request.lastUpdateEpochSec,
        latestEpoch: latestSec,
        generation: occasion.kind === 'new' ? '' : occasion.generation,
        keepMs: KEEP_MS,
      },
    );
    const [nowMs, killSwitch, arm, governorDisarm] = values.slice(0, 4).map(String);
    const snapshot = values[4] as readonly (string | null)[];
    const [ledgerAmount, lastFillMs] = values[5] as readonly (string | null)[];
    const [isSettled, stands, replacedPlan, isNewer, episode, storedTakenUp] = values.slice(6, 12).map(String);
    const amount = parseDecimal(snapshot[0] ?? '');
    const missedMs = missedSteps(snapshot[4], this.runner.clockStepsMs);
    const tsMs = snapshotTimeMs(snapshot[2], snapshot[3], missedMs);
    return {
      nowMs: Number(nowMs),
      stands: stands as Stands,
      replacedPlan: replacedPlan ?? '',
      isNewer: isNewer === '1',
      control: this.control.fromTexts(killSwitch, arm, governorDisarm),
      suspended: values[12] !== '0',
      evidence: { governor: String(values[13]), position: String(values[14]) },
      episode: Number(episode),
      storedTakenUp: storedTakenUp ?? '',
      takenUp: parseTakenUp(storedTakenUp ?? ''),
      ledgerAmount: parseDecimal(ledgerAmount ?? ''),
      isSettled: isSettled === '1' && tsMs !== undefined && tsMs > Number(lastFillMs ?? '0'),
      snapshot:
        amount === undefined || tsMs === undefined
          ? undefined
          : { amount, tsMs, markPrice: parseDecimal(snapshot[1] ?? '') },
    };
  }

  /** Stores what the gates found out about a proposal; does nothing if it has changed since `expected` was read. */
  async noteTakenUp(symbol: string, identity: string, expected: string, noticed: TakenUp): Promise<void> {
    await this.runner.run(
      'note_taken_up',
      { takenUp: this.keys.takenUp(symbol, identity) },
      { expected, value: encodeTakenUp(noticed), keepMs: KEEP_MS },
    );
  }

  /** What the strategy asked for last; `undefined` for nothing, or for a record of another type. */
  async asked(symbol: string): Promise<AskedLast | undefined> {
    const [action, closePct, proposalId, epoch, episode, planId] = await this.#standingFields(symbol, [
      'action',
      'close_pct',
      'proposal_id',
      'epoch',
      'episode',
      'plan_id',
    ]);
    const known = ACTIONS.find((each) => each === action);
    if (known === undefined) return undefined;
    const asked = { action: known, closePct: closePct ?? '', proposalId: proposalId ?? '' };
    const key = this.keys.takenUp(symbol, identityOf(asked, undefined));
    const stored = await unlessWrongType(() =>
      askRedis(`reading what was done of the proposal of ${symbol}`, () => this.client.get(key)),
    );
    const takenUp = parseTakenUp(stored ?? '');
    return {
      action: known,
      closePct: asked.closePct,
      stampMs: Number(epoch ?? '0') * 1000,
      planId: planId ?? '',
      takenUp: typeof takenUp === 'object' && takenUp.episode === Number(episode ?? '0') ? takenUp : undefined,
    };
  }

  /** The plan of what the strategy asks for now, or the last that an operator asked for; `""` for none, or for a record of another type. */
  async planOf(symbol: string, channel: 'strategy' | 'operator' = 'strategy'): Promise<string> {
    const [planId] = await this.#standingFields(symbol, [channel === 'strategy' ? 'plan_id' : 'operator_plan']);
    return planId ?? '';
  }

  /** None of a record of another type. */
  async #standingFields(symbol: string, fields: readonly string[]): Promise<readonly (string | null)[]> {
    const found = await unlessWrongType(() =>
      askRedis(`reading what the strategy of ${symbol} asks for`, () =>
        this.client.hmget(this.keys.standing(symbol), ...fields),
      ),
    );
    return found ?? [];
  }
}
