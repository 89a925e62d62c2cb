import { Injectable } from '@nestjs/common';

/** An order of this process, claimed and without an outcome yet. */
export interface LocalOrder {
  readonly planId: string;
  readonly symbol: string;
  readonly attempt: number;
  readonly clientOrderId: string;
  readonly side: string;
  readonly quantity: string;
}

/** The orders of this process that are on their way, known also while Redis cannot be read. */
@Injectable()
export class LocalOrders {
  readonly #open = new Map<string, LocalOrder>();

  begin(order: LocalOrder): void {
    this.#open.set(order.planId, order);
  }

  end(planId: string): void {
    this.#open.delete(planId);
  }

  get open(): readonly LocalOrder[] {
    return [...this.#open.values()];
  }
}
