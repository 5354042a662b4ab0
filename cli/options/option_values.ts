import { InvalidArgumentError } from "commander";

/** A whole number, as an option's value. */
export function integer(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new InvalidArgumentError(`Expected a whole number but found '${text}'.`);
  return Number(text);
}

/** A whole number from 1 on, as an option's value. */
export function positiveInteger(text: string): number {
  const value = integer(text);
  if (value < 1) throw new InvalidArgumentError(`Expected a number from 1 on but found ${value}.`);
  return value;
}

/** Names separated by commas, as an option's value. */
export function list(text: string): string[] {
  return text.split(",").map((part) => part.trim()).filter((part) => part !== "");
}

/** Values of an option that may be repeated. */
export function collect(text: string, before: string[] = []): string[] {
  return [...before, text];
}

/** A number, as an option's value. */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) {
    throw new InvalidArgumentError(`Expected a number but found '${text}'.`);
  }
  return value;
}

/** Numbers separated by commas, as an option's value. */
export function numbers(text: string): number[] {
  return list(text).map(number);
}
