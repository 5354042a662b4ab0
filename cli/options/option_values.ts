import { InvalidArgumentError } from "commander";

/** Parses an option's value as a whole number. Throws an InvalidArgumentError, as the others here do. */
export function integer(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new InvalidArgumentError(`Expected a whole number but found '${text}'.`);
  return Number(text);
}

/** Parses an option's value as a positive whole number. */
export function positiveInteger(text: string): number {
  const value = integer(text);
  if (value < 1) throw new InvalidArgumentError(`Expected a positive whole number but found ${value}.`);
  return value;
}

/** Parses an option's value as a whole number from 0 on. */
export function wholeNumber(text: string): number {
  const value = integer(text);
  if (value < 0) throw new InvalidArgumentError(`Expected a whole number from 0 on but found ${value}.`);
  return value;
}

/** A port of TCP; 0 for any that is free. Throws what commander shows as a wrong value. */
export function portNumber(text: string): number {
  const port = wholeNumber(text);
  if (port > 65535) throw new InvalidArgumentError("Expected a port from 0 to 65535.");
  return port;
}

/** Splits an option's value at its commas. */
export function list(text: string): string[] {
  return text.split(",").map((part) => part.trim()).filter((part) => part !== "");
}

/** Collects the values of an option that may be repeated. */
export function collect(text: string, before: string[] = []): string[] {
  return [...before, text];
}

/** Parses an option's value as a number. */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) {
    throw new InvalidArgumentError(`Expected a number but found '${text}'.`);
  }
  return value;
}

/** Parses an option's value as a number above 0. */
export function positiveNumber(text: string): number {
  const value = number(text);
  if (value <= 0) throw new InvalidArgumentError(`Expected a number above 0 but found ${value}.`);
  return value;
}

/** Parses an option's value as numbers separated by commas. */
export function numbers(text: string): number[] {
  return list(text).map(number);
}
