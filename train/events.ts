import type { Score } from "./score.ts";
import type { SnapshotFiles } from "./snapshot_files.ts";

/** Training begins, at `iteration`. */
export interface StartEvent {
  type: "start";
  /** Iterations done before: 0, or where a snapshot left off. */
  iteration: number;
  /** Where training will end. */
  maxIteration: number;
  /** Name of the train net. */
  net: string;
  /** The solver's lr_policy. */
  learningRatePolicy: string;
}

/** One iteration is done: forward, backward, update. Comes before the iteration's display and snapshot events. */
export interface StepEvent {
  type: "step";
  /** The iteration, from 0. */
  iteration: number;
  /** The loss of this iteration: the mean over iter_size batches. */
  loss: number;
  /** The mean loss of the last `average_loss` iterations. */
  smoothedLoss: number;
  /** The learning rate that the iteration used. */
  learningRate: number;
}

/** The progress report that comes every `display` iterations. */
export interface DisplayEvent {
  type: "display";
  /** The iteration, from 0. */
  iteration: number;
  /** The mean loss of the last `average_loss` iterations. */
  loss: number;
  /** Outputs of the train net in this iteration. */
  scores: Score[];
  /** The same by name. */
  outputs: Record<string, number>;
  /** The learning rate of this iteration; missing in the last report, which follows no update. */
  learningRate?: number | undefined;
  /** Iterations since the last report. */
  iterations: number;
  /** The seconds that they took, tests included. */
  seconds: number;
  /** True in the report after the last iteration: a forward pass alone. */
  final: boolean;
}

/** A test net is about to run. */
export interface TestStartEvent {
  type: "testStart";
  /** Updates done so far. */
  iteration: number;
  /** Index of the test net. */
  net: number;
}

/** A test net has run `test_iter` batches. */
export interface TestEvent {
  type: "test";
  /** Updates done so far. */
  iteration: number;
  /** Index of the test net. */
  net: number;
  /** Mean loss; only with `test_compute_loss`. */
  loss?: number | undefined;
  /** Each output's mean over the batches. */
  scores: Score[];
  /** The same by name. */
  outputs: Record<string, number>;
}

/** A test was stopped before its end, because training shall stop. */
export interface TestInterruptedEvent {
  type: "testInterrupted";
  /** Updates done so far. */
  iteration: number;
  /** Index of the test net. */
  net: number;
}

/** A snapshot is complete on disk. */
export interface SnapshotEvent extends SnapshotFiles {
  type: "snapshot";
}

/** Someone asked for a stop or a snapshot, by a signal or a call; it is about to be done. */
export interface RequestEvent {
  type: "request";
  /** Updates done so far. */
  iteration: number;
  /** What is asked for. */
  action: "stop" | "snapshot";
}

/** With `debug_info`: the mean absolute value of a blob, after a layer's forward or backward. */
export interface DebugEvent {
  type: "debug";
  /** The iteration, from 0. */
  iteration: number;
  /** Which pass made the value. */
  pass: "forward" | "backward";
  /** Name of the layer; an input of the net has none. */
  layer?: string | undefined;
  /** What the blob is to the layer. */
  role: "input" | "top" | "bottom" | "param";
  /** Name of the blob; for a parameter its shared name or its index. */
  blob: string;
  /** Mean absolute value of the data (forward) or of the diff (backward). */
  value: number;
}

/** With `debug_info`: norms of all parameters after backward. */
export interface DebugNormsEvent {
  type: "debugNorms";
  /** The iteration, from 0. */
  iteration: number;
  /** Sums of absolute values. */
  l1: { data: number; diff: number };
  /** Square roots of the sums of squares. */
  l2: { data: number; diff: number };
}

/** Something that the user should know; training goes on. */
export interface WarningEvent {
  type: "warning";
  /** The iteration, from 0. */
  iteration: number;
  /** What to know, as a sentence or two. */
  message: string;
}

/** Training has ended. */
export interface DoneEvent {
  type: "done";
  /** Updates done. */
  iteration: number;
  /** True when it was asked to stop before the last iteration. */
  stoppedEarly: boolean;
  /** Wall-clock seconds since the start event. */
  seconds: number;
}

/** What {@linkcode train} tells as it goes. */
export type TrainEvent =
  | StartEvent
  | StepEvent
  | DisplayEvent
  | TestStartEvent
  | TestEvent
  | TestInterruptedEvent
  | SnapshotEvent
  | RequestEvent
  | DebugEvent
  | DebugNormsEvent
  | WarningEvent
  | DoneEvent;
