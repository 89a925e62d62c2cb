import { toPlainString } from '../flow/0-decimal.js';
import type { OrderReport, OrderStatus } from './exchange.port.js';

/** Nothing more can fill of an order in one of these. */
export function isFinal(status: OrderStatus): boolean {
  switch (status) {
    case 'FILLED':
    case 'CANCELED':
    case 'REJECTED':
    case 'EXPIRED':
    case 'EXPIRED_IN_MATCH':
      return true;
    case 'NEW':
    case 'PARTIALLY_FILLED':
      return false;
  }
  return status satisfies never;
}

/** Status and executed quantity in words. */
export const statusOf = ({ status, executedQty }: OrderReport): string =>
  `${status}, executed ${toPlainString(executedQty)}`;
