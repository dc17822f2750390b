/** A horizontal bar with what is written after it. */
export interface Bar {
  label: string;
  /** Lengths, one after the other. */
  segments: readonly number[];
  /** Where the spread begins and ends; null: none is drawn. */
  spread: readonly [from: number, to: number] | null;
  value: string;
}

/** Bars under one heading. */
export interface BarGroup {
  title: string;
  bars: readonly Bar[];
}

export interface BarChart {
  title: string;
  /** What the length is, and what the bars say. */
  caption: string;
  /** Names of the segments, when there are several. */
  legend: readonly string[];
  groups: readonly BarGroup[];
  /** For values of many magnitudes. Segments then need be one. */
  scale: "linear" | "logarithmic";
}

const WIDTH = 860;
const LABELS = 210;
const VALUES = 170;
const BAR = 14;
const ROW = 20;
const GROUP = 34;
const TOP = 62;
const LENGTH = WIDTH - LABELS - VALUES;

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 } .caption { fill: #57606a } .group { font-weight: 600 }
  .s0 { fill: #2f6fb0 } .s1 { fill: #d08a2e } .s2 { fill: #8a8f98 } .spread { stroke: #24292f; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .caption { fill: #9aa4af }
    .s0 { fill: #5b9bdc } .s1 { fill: #e0a958 } .s2 { fill: #7d848d } .spread { stroke: #e6edf3 }
  }`;

/**
 * An SVG on a transparent background, readable on a light and on a dark page. Labels, bars and values have columns of
 * their own, so that no text meets another.
 */
export function barChart({ title, caption, legend, groups, scale }: BarChart): string {
  const toLength = scaleOf(groups, scale);
  const parts: string[] = [text(0, 20, title, "title"), text(0, 42, caption, "caption")];
  let y = TOP;
  for (const [index, name] of (legend.length > 1 ? legend : []).entries()) {
    const x = index * 180;
    parts.push(rect(x, y - 10, 12, `s${index}`), text(x + 18, y + 1, name));
  }
  if (legend.length > 1) y += 18;
  for (const group of groups) {
    y += GROUP;
    parts.push(text(0, y - 8, group.title, "group"));
    for (const bar of group.bars) {
      parts.push(...barAt(bar, y, toLength));
      y += ROW;
    }
  }
  const height = y + 12;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 0 ${WIDTH + 16} ${height}" width="${WIDTH + 16}" height="${height}" role="img" aria-label="${escaped(title)}">
<style>${STYLE}
</style>
${parts.join("\n")}
</svg>
`;
}

function barAt(bar: Bar, y: number, toLength: (value: number) => number): string[] {
  const parts = [text(LABELS - 10, y + BAR - 3, bar.label, "", "end")];
  let sum = 0;
  for (const [index, segment] of bar.segments.entries()) {
    const x = toLength(sum);
    sum += segment;
    parts.push(rect(LABELS + x, y, toLength(sum) - x, `s${index}`));
  }
  if (bar.spread) {
    const [from, to] = bar.spread.map((value) => (LABELS + toLength(value)).toFixed(1));
    const middle = y + BAR / 2;
    parts.push(`<line class="spread" x1="${from}" x2="${to}" y1="${middle}" y2="${middle}"/>`);
  }
  return [...parts, text(LABELS + LENGTH + 10, y + BAR - 3, bar.value)];
}

function scaleOf(groups: readonly BarGroup[], scale: BarChart["scale"]) {
  const bars = groups.flatMap((group) => group.bars);
  const values = bars.flatMap(({ segments, spread }) => [
    segments.reduce((sum, segment) => sum + segment, 0),
    ...(spread ?? []),
  ]);
  const most = Math.max(...values, Number.MIN_VALUE);
  if (scale === "linear") return (value: number) => (value / most) * LENGTH;
  // The shortest bar is still seen.
  const least = Math.min(...values.filter((value) => value > 0), most) / 2;
  const magnitudes = Math.log(most / least);
  return (value: number) => (value <= least ? 0 : (Math.log(value / least) / magnitudes) * LENGTH);
}

function rect(x: number, y: number, width: number, style: string): string {
  return `<rect class="${style}" x="${x.toFixed(1)}" y="${y}" width="${Math.max(0, width).toFixed(1)}" height="${BAR}"/>`;
}

function text(x: number, y: number, words: string, style = "", anchor = "start"): string {
  const of = style === "" ? "" : ` class="${style}"`;
  return `<text${of} x="${x}" y="${y}" text-anchor="${anchor}">${escaped(words)}</text>`;
}

function escaped(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
