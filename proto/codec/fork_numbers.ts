/** What only forks of Caffe have is numbered from here on: fields of Caffe's messages, and values of its enums. */
export const FORK_NUMBERS = 10_000;
