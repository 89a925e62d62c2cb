import type {
  ExchangePort,
  NotAccepted,
  OrderOutcome,
  PreparedOrder,
  ReduceOnlyOrder,
  StopOrder,
  StopOutcome,
} from '../../src/exchange/exchange.port.js';

export type SignedTimes = Pick<PreparedOrder<unknown>, 'signedTimestampMs' | 'recvWindowMs'>;
/** What is done between signing and sending: the claim, in the program. */
type BeforeSend = (signed: SignedTimes) => Promise<void>;

const nothing = (): Promise<void> => Promise.resolve();

/** Prepares an order and sends it; an order whose `beforeSend` rejects is dropped, and the rejection comes out. */
export async function placeReduceOnly(
  exchange: ExchangePort,
  order: ReduceOnlyOrder,
  beforeSend: BeforeSend = nothing,
): Promise<OrderOutcome> {
  return sendAfter(await exchange.prepareReduceOnly(order), beforeSend);
}

/** The same for a stop. */
export async function placeStop(
  exchange: ExchangePort,
  order: StopOrder,
  beforeSend: BeforeSend = nothing,
): Promise<StopOutcome> {
  return sendAfter(await exchange.prepareStop(order), beforeSend);
}

async function sendAfter<Outcome>(
  prepared: PreparedOrder<Outcome> | NotAccepted,
  beforeSend: BeforeSend,
): Promise<Outcome | NotAccepted> {
  if (prepared.kind !== 'prepared') return prepared;
  const { signedTimestampMs, recvWindowMs } = prepared;
  try {
    await beforeSend({ signedTimestampMs, recvWindowMs });
  } catch (error) {
    prepared.drop();
    throw error;
  }
  return prepared.send();
}
