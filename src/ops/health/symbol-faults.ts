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

  async of(symbol: string): Promise<string[]> {
    const told = this.registry.roles.flatMap((role) => role.symbolFaults?.().get(symbol) ?? []);
    return [...(await this.types.faults(symbol)), ...told];
  }

  /** The symbols that are stopped, each with its faults. */
  async all(): Promise<ReadonlyMap<string, string>> {
    const found = await Promise.all(this.symbols.map(async (symbol) => [symbol, await this.of(symbol)] as const));
    return new Map(found.flatMap(([symbol, faults]) => (faults.length === 0 ? [] : [[symbol, faults.join('; ')]])));
  }
}
