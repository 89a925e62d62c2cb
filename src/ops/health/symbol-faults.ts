import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { KeyTypes } from '../../redis/stores/key-types.js';
import { RoleRegistry } from '../../runtime/role-service.js';

/** What stops single symbols while the others go on: keys of the wrong type, and what the roles of this process report. */
@Injectable()
export class SymbolFaults {
  constructor(
    @Inject(Environment) private readonly environment: Environment,
    private readonly types: KeyTypes,
    private readonly registry: RoleRegistry,
  ) {}

  /** Every symbol of this deployment. */
  get symbols(): string[] {
    const { symbols, applyAllowlist, p33Allowlist } = this.environment;
    return [...new Set([...symbols, ...applyAllowlist, ...p33Allowlist])];
  }

  async of(symbol: string): Promise<readonly string[]> {
    return [...((await this.types.faults([symbol])).get(symbol) ?? []), ...this.#told(symbol)];
  }

  /** The symbols that are stopped, each with its faults. */
  async all(): Promise<ReadonlyMap<string, string>> {
    const { symbols } = this;
    const wrong = await this.types.faults(symbols);
    const found = symbols.map((symbol) => [symbol, [...(wrong.get(symbol) ?? []), ...this.#told(symbol)]] as const);
    return new Map(found.flatMap(([symbol, faults]) => (faults.length === 0 ? [] : [[symbol, faults.join('; ')]])));
  }

  #told(symbol: string): readonly string[] {
    return this.registry.roles.flatMap((role) => role.symbolFaults?.().get(symbol) ?? []);
  }
}
