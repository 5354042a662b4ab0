import { niceScale, type Scale } from "./nice_scale.ts";

/** A line of a plot. */
export interface PlotSeries {
  name: string;
  /** Points with finite coordinates, in order of x. */
  points: readonly (readonly [x: number, y: number])[];
  /** The axis that the y values belong to. */
  axis: "left" | "right";
  /** Colour in CSS form, #rrggbb. */
  color: string;
  /** Whether the line is dashed. */
  dashed?: boolean | undefined;
}

/** A plot with one x axis and up to two y axes. */
export interface Plot {
  title: string;
  xLabel: string;
  /** What is written at a tick of the x axis. Default: its value. */
  xTick?: ((value: number) => string) | undefined;
  leftLabel: string;
  /** Absent when no series uses the right axis. */
  rightLabel?: string | undefined;
  series: readonly PlotSeries[];
}

/** The scales of a plot's axes. */
export function plotScales(plot: Plot): { x: Scale; left: Scale; right: Scale } {
  const values = (axis: "left" | "right") =>
    plot.series.filter((series) => series.axis === axis).flatMap((series) => series.points.map(([, y]) => y));
  return {
    x: niceScale(plot.series.flatMap((series) => series.points.map(([x]) => x)), 6),
    left: niceScale(values("left")),
    right: niceScale(values("right")),
  };
}
