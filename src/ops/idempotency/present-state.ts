import { isDeepStrictEqual } from 'node:util';
import { Injectable, SetMetadata } from '@nestjs/common';
import { isArmed } from '../../redis/stores/control-state.js';
import { ControlStore } from '../../redis/stores/control-store.js';
import { SuspensionStore } from '../../redis/stores/suspension-store.js';

export const STATE_METADATA = 'permit-gate:answers-with-state';

/** The part of the control state that a call answers with. */
export type AnsweredState = 'kill_switch' | 'arm' | 'suspension';

/** Marks a call whose answer is the state that it set. A stored answer of it is given again only while it is still true. */
export const AnswersWithState = (state: AnsweredState): MethodDecorator => SetMetadata(STATE_METADATA, state);

/** Compares a stored answer with the state of now. */
@Injectable()
export class PresentState {
  constructor(
    private readonly control: ControlStore,
    private readonly suspensions: SuspensionStore,
  ) {}

  async isStill(what: AnsweredState, answer: unknown): Promise<boolean> {
    const told = answer as Readonly<Record<string, unknown>> | null;
    if (what === 'suspension') return (await this.suspensions.of(String(told?.['symbol']))) === undefined;
    const state = await this.control.read();
    if (what === 'kill_switch') return isDeepStrictEqual(told, state.killSwitch);
    const { armed, at_ms, by } = told ?? {};
    return isArmed(state) === armed && isDeepStrictEqual([at_ms, by], [state.arm?.at_ms, state.arm?.by]);
  }
}
