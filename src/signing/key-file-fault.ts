/** Why a key file cannot be used. Never holds anything of its content. */
export interface KeyFileFault {
  readonly problem: string;
  readonly allowed: string;
  readonly remedy: string;
}
