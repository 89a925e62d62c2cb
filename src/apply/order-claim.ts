import { Inject, Injectable } from '@nestjs/common';
import { toPlainString } from '../flow/0-decimal.js';
import type { Fields } from '../flow/0-primitives.js';
import { isStillTrusted } from '../flow/3-permit-reading.js';
import type { PermitTrust } from '../flow/3-permit-signature.js';
import { CLOCK_SKEW_MS } from '../flow/4-order.js';
import { EXCHANGE, type ExchangePort, type PreparedOrder } from '../exchange/exchange.port.js';
import type { Claimed, ClaimRequest } from '../redis/stores/claim.js';
import { AccountClaim } from '../redis/stores/account-claim.js';
import { PermitStore } from '../redis/stores/permit-store.js';
import { PERMIT_TRUST } from '../signing/trusted-keys-file.js';
import type { Prepared } from './order-preparer.js';
import { UsedPermits } from './used-permits.js';

/** How long a claim with a lost reply is retried. After that the attempt ends unsent. */
const CLAIM_SETTLE_MS = 500;

export type Tried = Claimed | { readonly kind: 'key_revoked' | 'account_not_held' };

/** Claims the two permits of an order. */
@Injectable()
export class OrderClaim {
  constructor(
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
    private readonly permits: PermitStore,
    @Inject(PERMIT_TRUST) private readonly trust: PermitTrust,
    private readonly used: UsedPermits,
    private readonly account: AccountClaim,
  ) {}

  /** For the signed request: takes the permits away, or, before another send, checks the conditions of the claim again. */
  async real(prepared: Prepared, signed: PreparedOrder<unknown>, first: boolean): Promise<Tried> {
    // After the signature: what was signed can no longer be accepted when another deployment may take the account over.
    if (!this.account.isHeld) return { kind: 'account_not_held' };
    const request: ClaimRequest = {
      ...requestOf(prepared),
      clientOrderId: prepared.sent.clientOrderId,
      signedMs: signed.signedTimestampMs,
      acceptMs: signed.recvWindowMs + CLOCK_SKEW_MS + Math.ceil(this.exchange.clock().uncertaintyMs),
      target: prepared.target,
    };
    const until = performance.now() + CLAIM_SETTLE_MS;
    return this.#ifTrusted(prepared, () =>
      first ? this.permits.claim(request, until) : this.permits.recheck(request, until),
    );
  }

  /** Takes the permits away and records the result in the same step. */
  dryRun(prepared: Prepared, state: string, fields: Fields): Promise<Tried> {
    return this.#ifTrusted(prepared, () =>
      this.permits.claimDryRun({ ...requestOf(prepared), state, fields }, performance.now() + CLAIM_SETTLE_MS),
    );
  }

  /** Whether this process was stopped after a claim; `killSeq` is the claim's. */
  isStoppedSince(killSeq: number): boolean {
    return this.permits.isStoppedSince(killSeq);
  }

  /** A key revoked after its permit was verified stops the claim and every further send. */
  async #ifTrusted({ governor, p33 }: Prepared, claim: () => Promise<Claimed>): Promise<Tried> {
    if (![governor, p33].every((permit) => isStillTrusted(permit, this.trust))) return { kind: 'key_revoked' };
    this.used.add(governor, p33);
    return claim();
  }
}

function requestOf(prepared: Prepared): Omit<ClaimRequest, 'clientOrderId' | 'signedMs' | 'acceptMs' | 'target'> {
  const { attempt, governor, p33, token, side, quantity } = prepared;
  return {
    planId: attempt.planId,
    symbol: attempt.symbol,
    attempt: attempt.attempt,
    token,
    governor,
    p33,
    side,
    quantity: toPlainString(quantity),
  };
}
