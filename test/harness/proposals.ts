/** The fields of a proposal that was made just now. */
export function proposalFields(action: string, fields: Readonly<Record<string, string>> = {}): Record<string, string> {
  const nowMs = Date.now();
  return {
    harvest_action: action,
    kill_score: '0.5',
    k_regime_flip: '0.1',
    k_sigma_spike: '0.1',
    k_ts_drop: '0.2',
    k_age_penalty: '0.1',
    new_sl_proposed: '',
    R_net: '1.5',
    last_update_epoch: String(nowMs / 1_000),
    computed_at_utc: new Date(nowMs).toISOString(),
    reason_codes: 'test',
    ...fields,
  };
}
