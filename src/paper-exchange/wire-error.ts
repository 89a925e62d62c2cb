/**
 * An error the exchange answers with: HTTP status, Binance code and message.
 * Codes and texts: Binance USD-M futures, "Error Codes".
 */
export class WireError extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'WireError';
  }

  body(): { code: number; msg: string } {
    return { code: this.code, msg: this.message };
  }
}

const bad = (code: number, msg: string): WireError => new WireError(400, code, msg);

/** Every refusal of the paper exchange, with Binance's texts. */
export const refuse = {
  illegalChars: (name: string, legal: string) =>
    bad(-1100, `Illegal characters found in parameter '${name}'; legal range is '${legal}'.`),
  missing: (name: string) => bad(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`),
  missingEither: (a: string, b: string) => bad(-1102, `Param '${a}' or '${b}' must be sent, but both were empty/null!`),
  notRequired: (name: string) => bad(-1106, `Parameter '${name}' sent when not required.`),
  precision: () => bad(-1111, 'Precision is over the maximum defined for this asset.'),
  timeInForce: () => bad(-1115, 'Invalid timeInForce.'),
  orderType: () => bad(-1116, 'Invalid orderType.'),
  side: () => bad(-1117, 'Invalid side.'),
  symbol: () => bad(-1121, 'Invalid symbol.'),
  listenKey: () => bad(-1125, 'This listenKey does not exist.'),
  invalidParameter: (name: string) => bad(-1130, `Data sent for parameter '${name}' is not valid.`),
  recvWindow: () => bad(-1131, 'recvWindow must be less than 60000.'),
  timestamp: () => bad(-1021, 'Timestamp for this request is outside of the recvWindow.'),
  timestampAhead: () => bad(-1021, "Timestamp for this request was 1000ms ahead of the server's time."),
  signature: () => bad(-1022, 'Signature for this request is not valid.'),
  unsupported: (what: string) => bad(-1020, `This operation is not supported: ${what}.`),
  keyFormat: () => new WireError(401, -2014, 'API-key format invalid.'),
  keyRejected: () => new WireError(401, -2015, 'Invalid API-key, IP, or permissions for action.'),
  unknownCancel: () => bad(-2011, 'Unknown order sent.'),
  noSuchOrder: () => bad(-2013, 'Order does not exist.'),
  margin: () => bad(-2019, 'Margin is insufficient.'),
  wouldTrigger: () => bad(-2021, 'Order would immediately trigger.'),
  reduceOnly: () => bad(-2022, 'ReduceOnly Order is rejected.'),
  maxOpenOrders: () => bad(-2025, 'Reach max open order limit.'),
  priceBelowZero: () => bad(-4001, 'Price less than 0.'),
  priceAboveMax: () => bad(-4002, 'Price greater than max price.'),
  quantityZero: () => bad(-4003, 'Quantity less than or equal to zero.'),
  quantityTooSmall: () => bad(-4004, 'Quantity less than min quantity.'),
  quantityTooLarge: () => bad(-4005, 'Quantity greater than max quantity.'),
  priceBelowMin: () => bad(-4013, 'Price less than min price.'),
  priceTick: () => bad(-4014, 'Price not increased by tick size.'),
  clientOrderIdLength: () => bad(-4015, 'Client order id length should be less than 36 chars'),
  priceTooHigh: (limit: string) => bad(-4016, `Limit price can't be higher than ${limit}.`),
  quantityStep: () => bad(-4023, 'Qty not increased by step size.'),
  priceTooLow: (limit: string) => bad(-4024, `Limit price can't be lower than ${limit}.`),
  leverage: (value: string) => bad(-4028, `Leverage ${value} is not valid`),
  sameMarginType: () => bad(-4046, 'No need to change margin type.'),
  marginTypeOpenOrders: () => bad(-4047, 'Margin type cannot be changed if there exists open orders.'),
  marginTypePosition: () => bad(-4048, 'Margin type cannot be changed if there exists position.'),
  samePositionMode: () => bad(-4059, 'No need to change position side.'),
  positionSideValue: () => bad(-4060, 'Invalid position side.'),
  positionSide: () => bad(-4061, "Order's position side does not match user's setting."),
  positionModeOpenOrders: () => bad(-4067, 'Position side cannot be changed if there exists open orders.'),
  positionModePosition: () => bad(-4068, 'Position side cannot be changed if there exists position.'),
  symbolStatus: () => bad(-4108, 'This symbol is on delivering or delivered or settling or closed or pre-trading.'),
  duplicateClientOrderId: () => bad(-4116, 'ClientOrderId is duplicated.'),
  restingReduceOnly: () => bad(-4118, 'ReduceOnly Order Failed. Please check your existing position and open orders'),
  useAlgoEndpoint: () =>
    bad(-4120, 'Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.'),
  closePositionExists: () =>
    bad(-4130, 'An open stop or take profit order with GTE and closePosition in the direction is existing.'),
  closePositionType: (type: string) => bad(-4136, `Target strategy invalid for orderType ${type},closePosition true`),
  minNotional: (limit: string) =>
    bad(-4164, `Order's notional must be no smaller than ${limit} (unless you choose reduce only).`),
  needsPosition: () =>
    bad(
      -4509,
      'Time in Force (TIF) GTE can only be used with open positions. Please ensure that positions are available.',
    ),
  noSuchPath: (method: string, path: string) => new WireError(404, -5000, `Path ${path}, Method ${method} is invalid`),
  fillOrKill: () =>
    bad(
      -5021,
      'Due to the order could not be filled immediately, the FOK order has been rejected. The order will not be recorded in the order history',
    ),
  postOnly: () =>
    bad(
      -5022,
      'Due to the order could not be executed as maker, the Post Only order will be rejected. The order will not be recorded in the order history',
    ),
} as const;
