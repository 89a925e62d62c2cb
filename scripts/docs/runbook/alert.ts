/** What an alert rule says, and how it is tested. The rules, their tests and their pages are generated from it. */
export interface Alert {
  /** Also the name of its page. */
  readonly name: string;
  readonly severity: 'critical' | 'warning' | 'info';
  /** PromQL: the alert is pending while it has a result. */
  readonly expr: string;
  /** How long the expression must have a result before it fires: `30s`, `5m`; `0s` for at once. */
  readonly for: string;
  /** One line for a phone. `{{ $labels.x }}` and `{{ $value }}` are Prometheus' own. */
  readonly summary: string;
  /** What it means for the positions. */
  readonly meaning: string;
  readonly look: readonly string[];
  readonly act: readonly string[];
  /** The one command to begin with. Placeholders are capital letters. */
  readonly command: string;
  /** A sample each minute, in the notation of `promtool test rules`. */
  readonly fires: Readonly<Record<string, string>>;
  readonly quiet: Readonly<Record<string, string>>;
  /** When the tests look. Default: after 10 minutes. */
  readonly at?: string;
}
