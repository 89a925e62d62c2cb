/** The scripts whose calls can be distinguished. */
export const SCRIPTS = ['claim_permits', 'record_result', 'apply_fill', 'settle_reservation'] as const;

/** Where a process can be halted; `before` and `after` a script: before and after its call went to Redis. */
export type Point =
  | `${'before' | 'after'} ${(typeof SCRIPTS)[number]}`
  | 'claim answered'
  | 'before-send'
  | 'half-sent'
  | 'sent'
  | 'order answered';
