import { Injectable } from '@nestjs/common';
import type { PartHealth } from '../../runtime/role-service.js';
import { GateMetrics } from '../../telemetry/metrics.js';

interface Down {
  /** Host's clock. */
  readonly sinceMs: number;
  readonly why: string;
}

/** Which channels take messages. It never makes the process unready: a gate that nobody hears of still guards. */
@Injectable()
export class NotifyHealth {
  readonly #down = new Map<string, Down>();
  #isOn = false;

  constructor(private readonly metrics: GateMetrics) {}

  switchOn(): void {
    this.#isOn = true;
  }

  note(channel: string, why: string | undefined): void {
    this.metrics.notifyMessages.inc({ channel, outcome: why === undefined ? 'delivered' : 'failed' });
    this.metrics.notifyChannelUp.set({ channel }, why === undefined ? 1 : 0);
    if (why === undefined) this.#down.delete(channel);
    else this.#down.set(channel, { sinceMs: this.#down.get(channel)?.sinceMs ?? Date.now(), why });
  }

  get down(): ReadonlyMap<string, Down> {
    return this.#down;
  }

  /** For readiness; nothing while no channel is set. */
  parts(): PartHealth[] {
    if (!this.#isOn) return [];
    if (this.#down.size === 0) return [{ part: 'notify', fault: undefined }];
    const failing = [...this.#down].map(([channel, { sinceMs, why }]) => {
      return [channel, `${why}, since ${new Date(sinceMs).toISOString()}`] as const;
    });
    return [{ part: 'notify', fault: undefined, details: { failing: Object.fromEntries(failing) } }];
  }
}
