import { Inject, Injectable } from '@nestjs/common';
import type { Keys } from '../keys/keys.js';
import { KEYS, SETTLE_MS } from '../redis.tokens.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { LeaseKeeper } from './lease-keeper.js';

/** A claim ends this long after its last renewal. */
export const CLAIM_TTL_MS = 15_000;
const RENEW_EVERY_MS = 3_000;

/** What a process claims, as it is stored. */
export interface TradedSymbols {
  readonly prefix: string;
  /** None: all symbols. */
  readonly symbols: readonly string[];
  readonly instance: string;
  readonly roles: readonly string[];
}

/** A claim of another key prefix on a symbol of this process. Times are Redis' clock in ms. */
export interface OtherClaim extends TradedSymbols {
  readonly process: string;
  readonly sinceMs: number;
  readonly expiresMs: number;
}

/**
 * The claim of this process on the symbols of an exchange account, among all deployments on this Redis. Renewed while the process lives.
 * Whether it is held is known without a question: it counts for so much less than it lasts that an order signed before can no longer be
 * accepted when another deployment may take the claim over.
 */
@Injectable()
export class AccountClaim {
  #claimed: { readonly account: string; readonly claim: string } | undefined;
  /** `performance.now()`. */
  #heldUntilMs = -Infinity;
  #dueMs = -Infinity;
  #others: readonly OtherClaim[] = [];

  constructor(
    private readonly runner: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly process: LeaseKeeper,
    @Inject(SETTLE_MS) private readonly settleMs: number,
  ) {}

  /** Claims for the first time. Returns the claims of others that are in the way; none when it is held. */
  async take(account: string, traded: TradedSymbols): Promise<readonly OtherClaim[]> {
    this.#claimed ??= { account, claim: JSON.stringify(traded) };
    await this.#renew();
    return this.#others;
  }

  /** Every 3 s; at each call while the claim is not held. Returns whether another deployment has taken it or has ended. */
  async renewIfDue(): Promise<'lost' | 'held' | undefined> {
    if (this.#claimed === undefined || (this.isHeld && performance.now() < this.#dueMs)) return undefined;
    const wasTaken = this.#others.length > 0;
    await this.#renew();
    const isTaken = this.#others.length > 0;
    if (isTaken === wasTaken) return undefined;
    return isTaken ? 'lost' : 'held';
  }

  /** Call when Redis may have lost the claim: it counts again once it is renewed. */
  doubt(): void {
    this.#heldUntilMs = -Infinity;
  }

  /** True too for a process that claims nothing: it sends no orders. */
  get isHeld(): boolean {
    return this.#claimed === undefined || performance.now() < this.#heldUntilMs;
  }

  /** Why this process may not trade the account. */
  get fault(): string | undefined {
    if (this.isHeld) return undefined;
    if (this.#others.length > 0) return conflictText(this.#others, this.#traded);
    return 'the claim on the account was not renewed in time, so another deployment may trade it: no order is sent until Redis answers';
  }

  /** The claim lasts as long as an order of this process may still be accepted. A later start of the same prefix needs no wait. */
  async release(): Promise<void> {
    const claimed = this.#claimed;
    if (claimed === undefined || !this.isHeld) return;
    this.#claimed = undefined;
    await this.#run(claimed, this.settleMs);
  }

  get #traded(): TradedSymbols | undefined {
    return this.#claimed && (JSON.parse(this.#claimed.claim) as TradedSymbols);
  }

  async #renew(): Promise<void> {
    const claimed = this.#claimed;
    if (claimed === undefined) return;
    // From before the question, so that it never counts for longer than it lasts.
    const askedMs = performance.now();
    this.#others = await this.#run(claimed, CLAIM_TTL_MS);
    this.#heldUntilMs = this.#others.length > 0 ? -Infinity : askedMs + CLAIM_TTL_MS - this.settleMs;
    this.#dueMs = askedMs + RENEW_EVERY_MS;
  }

  async #run({ account, claim }: { account: string; claim: string }, ttlMs: number): Promise<readonly OtherClaim[]> {
    const { word, values } = await this.runner.run(
      'claim_account',
      { accountClaims: this.keys.accountClaims(account) },
      { process: this.process.token, claim, ttlMs, longestMs: CLAIM_TTL_MS },
    );
    return word === 'held' ? [] : othersIn(String(values[0]));
  }
}

function othersIn(json: string): readonly OtherClaim[] {
  const stored = JSON.parse(json) as readonly Record<'process' | 'since_ms' | 'expires_ms' | 'claim', string>[];
  return stored.map(({ process, since_ms, expires_ms, claim }) => {
    const { prefix, symbols, instance, roles } = JSON.parse(claim) as TradedSymbols;
    // Lua writes an empty list as an object.
    const listed = (list: unknown): string[] => (Array.isArray(list) ? list.map(String) : []);
    const times = { sinceMs: Number(since_ms), expiresMs: Number(expires_ms) };
    return { process, prefix, symbols: listed(symbols), instance, roles: listed(roles), ...times };
  });
}

/** Which deployments trade the account too, since when, and what to do. */
export function conflictText(others: readonly OtherClaim[], own: TradedSymbols | undefined): string {
  const prefixes = [...new Set(others.map(({ prefix }) => prefix))];
  const cells = prefixes.map((prefix) => {
    const claims = others.filter((each) => each.prefix === prefix);
    const processes = [...new Set(claims.map(({ instance, roles }) => `${instance} (${roles.join(', ')})`))];
    const since = new Date(Math.min(...claims.map(({ sinceMs }) => sinceMs))).toISOString();
    return `${prefix}, since ${since}, process ${processes.join(' and ')}`;
  });
  const all = others.some(({ symbols }) => symbols.length === 0) ? undefined : others.flatMap(({ symbols }) => symbols);
  const mine = own?.symbols ?? [];
  const shared = all === undefined ? mine : mine.length === 0 ? all : mine.filter((symbol) => all.includes(symbol));
  const symbols = shared.length === 0 ? 'every symbol' : [...new Set(shared)].join(', ');
  return `another deployment trades the same account: ${symbols}. It has REDIS_KEY_PREFIX ${cells.join('; and ')}. Two deployments on one symbol of an account close its position twice: take the symbols out of APPLY_ALLOWLIST and P33_ALLOWLIST of one of them, or stop the other one. The claim of a process that was killed ends after ${CLAIM_TTL_MS / 1000} s`;
}
