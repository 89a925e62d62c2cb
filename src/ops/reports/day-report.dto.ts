import { Amount, AmountOrNull, Parts, Text, TextOrNull, Truth, Word } from '../openapi/members.js';

const NOW = 1_764_518_400_000;
export const DENIALS_FROM = ['archive', 'redis'] as const;

export class ClosedTradeAnswer {
  @Amount('when; epoch ms of the exchange', NOW)
  readonly at_ms!: number;

  @Text('the symbol', 'BTCUSDT')
  readonly symbol!: string;

  @Word('SELL closes a long, BUY a short position', ['BUY', 'SELL'])
  readonly side!: string;

  @Text('what was closed; a decimal', '0.005')
  readonly quantity!: string;

  @Text('what the same trade opened on the other side; "0" for none', '0')
  readonly opened_quantity!: string;

  @Text('the average price of the position, from the profit that the exchange booked; 8 decimals', '64010.1')
  readonly entry_price!: string;

  @Text('the price of the trade', '65010.1')
  readonly exit_price!: string;

  @Text('a decimal, without the fee', '5')
  readonly realized_pnl!: string;

  @Text('what the profit is counted in', 'USDT')
  readonly pnl_asset!: string;

  @Text('of what was closed; a decimal, negative for a rebate', '0.13002020')
  readonly fee!: string;

  @Text('what the fee was paid in', 'USDT')
  readonly fee_asset!: string;

  @Text('of the exchange', '8389765')
  readonly order_id!: string;

  @Text('of the exchange', '698759')
  readonly trade_id!: string;

  @TextOrNull('the plan that closed it; null where somebody else did, or it is not known', '0f1e2d3c4b5a6978')
  readonly plan_id!: string | null;
}

export class AssetSumAnswer {
  @Text('the asset', 'USDT')
  readonly asset!: string;

  @Text('the sum of what was closed; a decimal', '5')
  readonly realized_pnl!: string;

  @Text('the sum of the fees of what was closed; a decimal', '0.13002020')
  readonly fees!: string;

  @Text('profit less fees; a decimal', '4.86997980')
  readonly net!: string;

  @Text('the sum of the fees of trades that opened or grew a position; a decimal', '0')
  readonly opening_fees!: string;
}

export class DeniedAnswer {
  @Text('empty where the entry names none', 'BTCUSDT')
  readonly symbol!: string;

  @Text('the error of the result; docs/reasons.md lists them', 'governor_denied')
  readonly error!: string;

  @Text('its reason', 'hourly_limit_exceeded')
  readonly reason!: string;

  @Amount('attempts that ended so', 12)
  readonly count!: number;
}

export class DayReportAnswer {
  @Text('the day, UTC', '2026-11-30')
  readonly day!: string;

  @Truth('the day is over: the report changes no more', true)
  readonly is_over!: boolean;

  @Parts(() => ClosedTradeAnswer, "the account's own trades that closed something, oldest first")
  readonly closed!: readonly ClosedTradeAnswer[];

  @Amount('trades that opened or grew a position, with those that turned one around', 0)
  readonly opening_trades!: number;

  @Parts(() => AssetSumAnswer, 'by asset, exactly')
  readonly sums!: readonly AssetSumAnswer[];

  @Parts(() => DeniedAnswer, 'attempts that were not executed, the most frequent first')
  readonly denied!: readonly DeniedAnswer[];

  @Word('where `denied` was read', DENIALS_FROM)
  readonly denied_from!: (typeof DENIALS_FROM)[number];

  @AmountOrNull('where the results of the day begin later than the day: what came before is not in `denied`', null)
  readonly denied_since_ms!: number | null;

  @TextOrNull('why the archive could not be read', null)
  readonly archive_fault!: string | null;
}
