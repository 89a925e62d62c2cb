import { Decimal } from '../../flow/0-decimal.js';
import { type Denial, deny } from '../verdict.js';

/** A mark price that the Governor read itself. */
export interface OwnPrice {
  readonly price: Decimal;
  /** Since the exchange published it. */
  readonly ageMs: number;
}

export interface JudgedPriceInput {
  /** Above zero. */
  readonly snapshotPrice: Decimal;
  readonly ownPrice: OwnPrice | undefined;
  /** Of the own price. Also the band that is added where a full close passes a larger deviation. */
  readonly maxDeviationPct: number;
  /** True for a full close: it counts at a higher price rather than being denied. */
  readonly passesAnyway: boolean;
}

/** An older own price counts as none. */
export const OWN_PRICE_MAX_AGE_SEC = 60;

/** The price that a notional is judged at. */
export interface JudgedPrice {
  readonly allow: true;
  readonly markPrice: Decimal;
}

export function isUsable(own: OwnPrice | undefined): boolean {
  return own?.price.gt(0) === true && own.ageMs <= OWN_PRICE_MAX_AGE_SEC * 1000;
}

/**
 * The snapshot's price comes over Redis, so it alone proves nothing: the higher of both prices counts. Without an own price a
 * full close is judged at the snapshot's: in a crash nothing that is silent may keep a position open.
 */
export function judgedPrice(
  input: JudgedPriceInput,
): JudgedPrice | Denial<'price_deviation' | 'position_fetch_failed'> {
  const { snapshotPrice, ownPrice, maxDeviationPct, passesAnyway } = input;
  if (ownPrice === undefined || !isUsable(ownPrice)) {
    if (passesAnyway) return { allow: true, markPrice: snapshotPrice };
    return deny('position_fetch_failed', {
      cause: 'no_own_mark_price',
      age_seconds: ownPrice && ownPrice.ageMs / 1000,
      threshold_seconds: OWN_PRICE_MAX_AGE_SEC,
    });
  }
  const higher = Decimal.max(snapshotPrice, ownPrice.price);
  const deviationPct = snapshotPrice.minus(ownPrice.price).abs().div(ownPrice.price).mul(100);
  if (deviationPct.lte(maxDeviationPct)) return { allow: true, markPrice: higher };
  if (passesAnyway) return { allow: true, markPrice: higher.mul(new Decimal(maxDeviationPct).div(100).plus(1)) };
  return deny('price_deviation', {
    snapshot_price: snapshotPrice,
    own_price: ownPrice.price,
    own_price_age_seconds: ownPrice.ageMs / 1000,
    deviation_pct: deviationPct.toDecimalPlaces(2),
    max_deviation_pct: maxDeviationPct,
  });
}
