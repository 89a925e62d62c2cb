/** Plan id and attempt in `plan_id:attempt`. */
export function orderParts(order: string): [planId: string, attempt: string] {
  const split = order.lastIndexOf(':');
  return [order.slice(0, Math.max(0, split)), order.slice(split + 1)];
}
