import type { Message } from '../message.js';

export const CHANNELS = ['telegram', 'slack', 'webhook', 'email'] as const;
export type ChannelName = (typeof CHANNELS)[number];

/** One way to reach people. */
export interface Channel {
  readonly name: ChannelName;
  /** Resolves when the other side has accepted the message; throws {@link Undelivered} otherwise. */
  send(message: Message, signal: AbortSignal): Promise<void>;
}

/** The other side did not accept the message, as far as is known. */
export class Undelivered extends Error {
  override readonly name = 'Undelivered';

  constructor(
    message: string,
    /** When the other side wants to be asked again. */
    readonly retryAfterMs?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Why a call failed: never with its address, which may hold a secret. */
export function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'no answer in time';
  const { cause } = error;
  if (cause instanceof Error) return 'code' in cause ? `${String(cause.code)} (${cause.message})` : cause.message;
  return error.message;
}
