import { jsonOrText } from '../../flow/0-json.js';
import type { AuditFacts } from './audit-chain.js';
import type { ArmState, Hold, KillSwitchState } from './control-state.js';

type Stored = KillSwitchState | ArmState | Hold;

/** What the changes of the control state have replaced, and which of them a role made by itself: for the audit. */
export class ControlChanges {
  readonly #before = new WeakMap<Stored, unknown>();
  #onRoleAct: (facts: AuditFacts) => void = () => undefined;

  /** Called with what a role did to the control state by itself. */
  onRoleAct(listener: (facts: AuditFacts) => void): void {
    this.#onRoleAct = listener;
  }

  /** What a kill switch, arm state or hold has replaced when this process stored it; `undefined` if that is not known. */
  before(stored: Stored): unknown {
    return this.#before.get(stored);
  }

  noteBefore(stored: Stored, before: unknown): void {
    if (typeof before === 'string' && before !== '') this.#before.set(stored, jsonOrText(before));
  }

  restored(what: string, after: KillSwitchState | ArmState): void {
    this.#onRoleAct({ actor: 'permit-gate', action: 'control.restore', target: what, outcome: 'ok', after });
  }

  disarmed(actor: string, reason: string, details: Readonly<Record<string, unknown>>): void {
    this.#onRoleAct({ actor, action: 'auto_disarm', target: '', outcome: 'ok', reason, details });
  }

  held(hold: Hold): void {
    const { by: actor, symbol: target, reason } = hold;
    const before = { hold: this.before(hold) ?? null };
    this.#onRoleAct({ actor, action: 'hold.set', target, outcome: 'ok', reason, before, after: { hold } });
  }

  lifted(symbol: string, hold: string, reason: string, actor: string): void {
    const before = { hold: jsonOrText(hold) };
    this.#onRoleAct({
      actor,
      action: 'hold.clear',
      target: symbol,
      outcome: 'ok',
      reason,
      before,
      after: { hold: null },
    });
  }
}
