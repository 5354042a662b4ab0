/** What only forks of Caffe have is numbered from here on: fields of Caffe's messages, and values of its enums. */
export const FORK_NUMBERS = 10_000;

/** Fields with numbers from here on are additions of Crema again. */
const OWN_NUMBERS = 20_000;

/** Whether a number is one of those that Crema gives to what only forks of Caffe have. */
export function isOfForks(number: number): boolean {
  return number >= FORK_NUMBERS && number < OWN_NUMBERS;
}
