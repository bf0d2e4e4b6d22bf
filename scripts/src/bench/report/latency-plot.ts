import type { LatencySeries } from "../benchmark.ts";
import { percentile } from "../measure/statistics.ts";

const width = 860;
const height = 440;
const plot = { left: 60, top: 20, right: 560, bottom: 400 };
const colours = ["#0b6e99", "#b4451f", "#3d7a37", "#7a4b9a", "#a07800", "#5a5a5a"];
const shares = Array.from({ length: 199 }, (_, index) => (index + 1) / 200).concat(0.999);
const shareTicks = [0, 0.25, 0.5, 0.75, 0.9, 0.99];

/** The share of requests (upwards) that was answered within a time (to the right, by powers of ten), as an SVG image. */
export function latencyPlot(series: readonly LatencySeries[]): string {
  const curves = series.filter(({ sortedMs }) => sortedMs.length > 0);
  const all = curves.flatMap(({ sortedMs }) => [percentile(sortedMs, 0.001), percentile(sortedMs, 1)]);
  const decades = {
    from: Math.floor(Math.log10(Math.min(...all, 1))),
    to: Math.ceil(Math.log10(Math.max(...all, 10))),
  };
  const x = (ms: number): number =>
    plot.left + ((Math.log10(ms) - decades.from) / (decades.to - decades.from)) * (plot.right - plot.left);
  const y = (share: number): number => plot.bottom - share * (plot.bottom - plot.top);
  const at = (value: number): string => value.toFixed(1);
  const verticals = Array.from(
    { length: decades.to - decades.from + 1 },
    (_, index) => 10 ** (decades.from + index),
  ).map(
    (ms) =>
      `<path d="M${at(x(ms))} ${plot.top}V${plot.bottom}" class="grid"/><text x="${at(x(ms))}" y="${plot.bottom + 16}" text-anchor="middle">${ms} ms</text>`,
  );
  const horizontals = shareTicks.map(
    (share) =>
      `<path d="M${plot.left} ${at(y(share))}H${plot.right}" class="grid"/><text x="${plot.left - 6}" y="${at(y(share) + 4)}" text-anchor="end">${Math.round(share * 100)} %</text>`,
  );
  const lines = curves.map(({ name, sortedMs }, index) => {
    const colour = colours[index % colours.length] ?? "#000";
    const points = shares.map((share) => `${at(x(percentile(sortedMs, share)))},${at(y(share))}`).join(" ");
    const legend = plot.top + 14 + index * 18;
    return [
      `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      `<path d="M${plot.right + 14} ${legend - 4}h18" stroke="${colour}" stroke-width="2"/><text x="${plot.right + 38}" y="${legend}">${escaped(name)}</text>`,
    ].join("\n");
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<style>.grid{stroke:#ddd;stroke-width:1}</style><rect width="${width}" height="${height}" fill="#fff"/>`,
    ...verticals,
    ...horizontals,
    ...lines,
    "</svg>\n",
  ].join("\n");
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
