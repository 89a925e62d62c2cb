/** A wrong control request, with the wrong field. */
export class FieldError extends Error {
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message);
    this.name = 'FieldError';
  }
}

const DECIMAL = /^-?\d+(\.\d+)?$/;

/** Reads fields of a JSON object strictly: a wrong type or an unknown name is a FieldError that says what is allowed. */
export class FieldReader {
  private readonly known = new Set<string>();

  private constructor(
    private readonly values: Readonly<Record<string, unknown>>,
    private readonly prefix: string,
  ) {}

  static of(value: unknown, name = ''): FieldReader {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      const what = name === '' ? 'the body' : name;
      throw new FieldError(name || 'body', `${what} must be a JSON object; got ${describe(value)}`);
    }
    return new FieldReader({ ...value }, name === '' ? '' : `${name}.`);
  }

  has(name: string): boolean {
    return this.values[name] !== undefined;
  }

  object(name: string): FieldReader {
    return FieldReader.of(this.take(name), this.prefix + name);
  }

  optionalObject(name: string): FieldReader | undefined {
    return this.optional(name, () => this.object(name));
  }

  text(name: string): string {
    const value = this.take(name);
    if (typeof value !== 'string' || value === '') throw this.fault(name, 'must be a non-empty string', value);
    return value;
  }

  optionalText(name: string): string | undefined {
    return this.optional(name, () => this.text(name));
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T {
    const value = this.take(name);
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) throw this.fault(name, `must be one of ${allowed.join(', ')}`, value);
    return found;
  }

  /** A decimal as a string; a JSON number would already have lost digits. */
  decimal(name: string): string {
    const value = this.take(name);
    if (typeof value !== 'string' || !DECIMAL.test(value)) {
      throw this.fault(name, 'must be a plain decimal in a string, such as "-0.010"', value);
    }
    return value;
  }

  optionalDecimal(name: string): string | undefined {
    return this.optional(name, () => this.decimal(name));
  }

  integer(name: string, atLeast: number): number {
    const value = this.take(name);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < atLeast) {
      throw this.fault(name, `must be a whole number, ${atLeast} or more`, value);
    }
    return value;
  }

  optionalInteger(name: string, atLeast: number): number | undefined {
    return this.optional(name, () => this.integer(name, atLeast));
  }

  flag(name: string): boolean {
    const value = this.take(name);
    if (typeof value !== 'boolean') throw this.fault(name, 'must be true or false', value);
    return value;
  }

  optionalFlag(name: string): boolean | undefined {
    return this.optional(name, () => this.flag(name));
  }

  /** String values only. */
  optionalStrings(name: string): Record<string, string> | undefined {
    return this.optional(name, () => {
      const reader = this.object(name);
      return Object.fromEntries(Object.keys(reader.values).map((key) => [key, reader.text(key)]));
    });
  }

  /** Call it last: refuses unknown fields, which are typing mistakes. */
  end(): void {
    const stranger = Object.keys(this.values).find((name) => !this.known.has(name));
    if (stranger !== undefined) {
      throw new FieldError(
        this.prefix + stranger,
        `${this.prefix}${stranger} is not a known field; known fields: ${[...this.known].join(', ')}`,
      );
    }
  }

  private optional<T>(name: string, read: () => T): T | undefined {
    this.known.add(name);
    return this.has(name) ? read() : undefined;
  }

  private take(name: string): unknown {
    this.known.add(name);
    return this.values[name];
  }

  private fault(name: string, rule: string, value: unknown): FieldError {
    const field = this.prefix + name;
    return new FieldError(field, `${field} ${rule}; got ${describe(value)}`);
  }
}

const describe = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
