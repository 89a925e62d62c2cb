import type { Type } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';

/** Schemas of values that come in several forms. */
export const TEXT_OR_NUMBER = [{ type: 'string' }, { type: 'number' }];
export const ANY_JSON = [
  { type: 'object', additionalProperties: true },
  { type: 'string' },
  { type: 'number' },
  { type: 'array', items: {} },
];

/** Members of an answer as the OpenAPI document describes them: what each says, with an example. Times are epoch ms. */
export const Text = (description: string, example: string): PropertyDecorator =>
  ApiProperty({ type: String, description, example });

export const TextOrNull = (description: string, example: string | null): PropertyDecorator =>
  ApiProperty({ type: String, nullable: true, description, example });

/** One of a closed set. */
export const Word = (description: string, words: readonly string[]): PropertyDecorator =>
  ApiProperty({ type: String, enum: [...words], description, example: words[0] });

export const Amount = (description: string, example: number): PropertyDecorator =>
  ApiProperty({ type: Number, description, example });

export const AmountOrNull = (description: string, example: number | null): PropertyDecorator =>
  ApiProperty({ type: Number, nullable: true, description, example });

export const Truth = (description: string, example = true): PropertyDecorator =>
  ApiProperty({ type: Boolean, description, example });

export const TruthOrNull = (description: string, example: boolean | null = true): PropertyDecorator =>
  ApiProperty({ type: Boolean, nullable: true, description, example });

export const Texts = (description: string, example: readonly string[]): PropertyDecorator =>
  ApiProperty({ type: [String], description, example });

/** A class may be named before it is declared. Nest takes a function for one only if it is called `type`. */
export const Part = (type: () => Type, description = ''): PropertyDecorator =>
  ApiProperty({ type: () => type(), description });

export const PartOrNull = (type: () => Type, description = ''): PropertyDecorator =>
  ApiProperty({ type: () => type(), nullable: true, description });

/** Only where it applies. */
export const OptionalText = (description: string, example: string): PropertyDecorator =>
  ApiProperty({ type: String, required: false, description, example });

export const OptionalAmount = (description: string, example: number): PropertyDecorator =>
  ApiProperty({ type: Number, required: false, description, example });

export const Parts = (type: () => Type, description = ''): PropertyDecorator =>
  ApiProperty({ type: () => type(), isArray: true, description });

/** Names that are not known before, such as the fields of a Redis hash. */
export const Fields = (description: string, example: Readonly<Record<string, unknown>>): PropertyDecorator =>
  ApiProperty({ type: 'object', additionalProperties: true, description, example });

export const FieldsOrNull = (description: string, example: Readonly<Record<string, unknown>>): PropertyDecorator =>
  ApiProperty({ type: 'object', additionalProperties: true, nullable: true, description, example });
