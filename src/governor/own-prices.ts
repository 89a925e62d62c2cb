import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { MARK_PRICES, type MarkPriceListener, type MarkPrices } from '../exchange/mark-prices.port.js';
import type { StreamEnd } from '../exchange/user-stream.port.js';
import { isUsable, OWN_PRICE_MAX_AGE_SEC } from '../gates/governor/judged-price.js';
import type { PartHealth } from '../runtime/role-service.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { GateMetrics } from '../telemetry/metrics.js';

/** Writes down what the stream of mark prices does. */
@Injectable()
export class MarketStreamReport implements MarkPriceListener {
  constructor(
    private readonly metrics: GateMetrics,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  connected(): void {
    this.metrics.marketStreamUp.set(1);
    this.logger.info('mark price stream connected');
  }

  disconnected(cause: StreamEnd, detail: string, retryInMs: number): void {
    this.metrics.marketStreamUp.set(0);
    this.metrics.marketStreamEnds.inc({ cause });
    // With the error, so that a line that repeats is written once.
    const fields = { err: new Error(detail), cause, detail, retry_in_ms: retryInMs };
    this.logger.warn(fields, `mark price stream ${cause}: ${detail}`);
  }
}

/** Shows how far the Governor can check prices: one without a way to the exchange gives permits for full closes and stops only. */
@Injectable()
export class OwnPriceCheck {
  constructor(
    @Inject(MARK_PRICES) private readonly prices: MarkPrices,
    private readonly env: Environment,
    private readonly metrics: GateMetrics,
  ) {}

  part(): PartHealth {
    const { exchangeWsUrl, exchangeRestUrl, applyAllowlist: symbols } = this.env;
    const part = 'mark_prices';
    const missing = symbols.filter((symbol) => !isUsable(this.prices.of(symbol)));
    const { streamFault, restFault } = this.prices.source();
    const from = { ...(streamFault !== '' && { stream: streamFault }), ...(restFault !== '' && { rest: restFault }) };
    if (missing.length === 0) return { part, fault: undefined, details: from };
    if (missing.length < symbols.length) return { part, fault: undefined, details: { missing, ...from } };
    const faults = Object.entries(from).map(([way, fault]) => `${way}: ${fault}`);
    return {
      part,
      fault:
        `the Governor has no mark price of its own younger than ${OWN_PRICE_MAX_AGE_SEC} s (${faults.join('; ')}): partial closes get no permit, ` +
        `full closes are judged at the snapshot's price alone. Let this host reach ${exchangeWsUrl} (EXCHANGE_WS_URL) and ${exchangeRestUrl} (EXCHANGE_REST_URL); it needs no key`,
    };
  }

  refreshGauges(): void {
    for (const symbol of this.env.applyAllowlist) {
      const ageMs = this.prices.of(symbol)?.ageMs;
      this.metrics.governPriceAge.set({ symbol: this.metrics.symbol(symbol) }, ageMs === undefined ? -1 : ageMs / 1000);
    }
  }
}
