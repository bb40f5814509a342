/** Charts as files: an SVG that needs no style sheet of ours, a PNG of it, a CSV. Loaded when a file is asked for. */
import { type ChartData, formatCsv } from "./chart-data.ts";

/** What is written above the drawing, so that a file says what it is. */
export interface ChartWords {
  title: string;
  /** Bucket and as-of time. */
  note: string;
}

const PADDING = 16;
const HEAD = 52;
/** Pixels of a PNG per px of the page. */
const PNG_SCALE = 2;
const SVG_NS = "http://www.w3.org/2000/svg";

/** What a drawing looks like without a style sheet. */
const KEPT = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-opacity",
  "stroke-dasharray",
  "stroke-linejoin",
  "stroke-linecap",
  "opacity",
  "font-family",
  "font-size",
  "font-weight",
  "text-anchor",
  "dominant-baseline",
];
const COLOURS = new Set(["fill", "stroke"]);
/** Ours for looks and for readers of the page; a file has no use for them. */
const DROPPED = /^(class|style|tabindex|role|id|aria-.*|data-.*)$/;

/** Reads a drawing of the page into a document that stands alone, colours of the present theme included. */
export function toSvg(drawing: SVGSVGElement, words: ChartWords): string {
  const { width, height } = drawing.getBoundingClientRect();
  const outer = document.createElementNS(SVG_NS, "svg");
  const [fullWidth, fullHeight] = [Math.ceil(width) + 2 * PADDING, Math.ceil(height) + HEAD + PADDING];
  setAll(outer, { xmlns: SVG_NS, width: fullWidth, height: fullHeight, viewBox: `0 0 ${fullWidth} ${fullHeight}` });
  const colour = createColours();
  const page = getComputedStyle(drawing);
  const token = (name: string) => colour(resolve(drawing, `var(--${name})`));
  const ground = outer.appendChild(document.createElementNS(SVG_NS, "rect"));
  setAll(ground, { width: fullWidth, height: fullHeight, fill: token("panel") });
  const line = (text: string, y: number, look: Record<string, string | number>) => {
    const element = outer.appendChild(document.createElementNS(SVG_NS, "text"));
    setAll(element, { x: PADDING, y, "font-family": page.fontFamily, ...look });
    element.textContent = text;
  };
  line(words.title, 24, { "font-size": 14, "font-weight": 600, fill: token("ink") });
  line(words.note, 41, { "font-size": 11, fill: token("faint") });
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  inline(drawing, copy, colour);
  setAll(copy, { x: PADDING, y: HEAD, width, height });
  outer.append(copy);
  return new XMLSerializer().serializeToString(outer);
}

function inline(from: Element, to: Element, colour: (css: string) => string): void {
  const style = getComputedStyle(from);
  if (from instanceof SVGElement && from.dataset.screen !== undefined) {
    to.remove();
    return;
  }
  for (const { name } of [...to.attributes]) {
    // A pattern is found by its id.
    if (DROPPED.test(name) && !(name === "id" && from.closest("defs"))) to.removeAttribute(name);
  }
  for (const name of KEPT) {
    const value = style.getPropertyValue(name);
    if (value === "" || value.startsWith("url(")) continue;
    to.setAttribute(name, COLOURS.has(name) && value !== "none" ? colour(value) : value);
  }
  // Its parts leave while we walk: both lists are taken first.
  const copies = [...to.children];
  for (const [at, child] of [...from.children].entries()) inline(child, copies[at]!, colour);
}

function setAll(element: Element, attributes: Record<string, string | number>): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}

/** What a colour of the style sheet computes to at this place of the page. */
function resolve(near: Element, css: string): string {
  const probe = document.createElement("span");
  probe.style.color = css;
  (near.closest("dialog") ?? near.parentElement ?? document.body).append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** Any CSS colour as "#rrggbb" or "rgba()", which every reader of SVG knows; oklch() they do not. */
function createColours(): (css: string) => string {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  const known = new Map<string, string>();
  return (css) => {
    const found = known.get(css);
    if (found !== undefined) return found;
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = css;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data as unknown as [
      number,
      number,
      number,
      number,
    ];
    const hex = `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
    const text = alpha === 255 ? hex : `rgba(${red},${green},${blue},${(alpha / 255).toFixed(3)})`;
    known.set(css, text);
    return text;
  };
}

export async function toPng(svg: string): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth * PNG_SCALE;
  canvas.height = image.naturalHeight * PNG_SCALE;
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The browser made no picture."))), "image/png"),
  );
}

export type ChartFormat = "png" | "svg" | "csv";

export async function saveChart(
  format: ChartFormat,
  name: string,
  data: ChartData,
  drawing: SVGSVGElement | null,
  words: ChartWords,
): Promise<void> {
  if (format === "csv") save(`${name}.csv`, new Blob([formatCsv(data)], { type: "text/csv;charset=utf-8" }));
  else if (drawing !== null) {
    const svg = toSvg(drawing, words);
    save(`${name}.${format}`, format === "svg" ? new Blob([svg], { type: "image/svg+xml" }) : await toPng(svg));
  }
}

function save(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads it after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
