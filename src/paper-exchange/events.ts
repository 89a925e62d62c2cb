import type { AlgoOrder, Order, Position, Trade } from './model.js';

/** Why an ACCOUNT_UPDATE is sent (`a.m`). */
type AccountReason = 'ORDER' | 'ADJUSTMENT' | 'MARGIN_TYPE_CHANGE';

/** What happened on the exchange, before it is put into the shape of the user-data stream. */
export type ExchangeEvent =
  | {
      readonly kind: 'order';
      readonly execution: 'NEW' | 'TRADE' | 'CANCELED' | 'EXPIRED';
      readonly order: Order;
      readonly trade?: Trade;
    }
  | {
      readonly kind: 'account';
      readonly reason: AccountReason;
      readonly positions: readonly Position[];
      readonly assets: readonly string[];
    }
  | { readonly kind: 'algo'; readonly algo: AlgoOrder }
  | { readonly kind: 'config'; readonly symbol: string; readonly leverage: number };
