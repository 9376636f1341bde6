import { LINE_RULES, lineVariables } from '../model/line_colors.ts';

/** Colours, light and dark. */
export const PALETTE = `
:root {
  color-scheme: light dark;
  --page: #fcfcfa; --ink: #1d2229; --quiet: #5b6470; --rule: #dfe2e6; --grid: #e9ebee; --box: #f3f4f5;
  --train: #2563c9; --validation: #c2410c; --bar: #8fa3bf; --planted: #c2410c;
  ${lineVariables('light')}
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171b; --ink: #e6e8eb; --quiet: #9aa4b0; --rule: #323840; --grid: #262b32; --box: #1d2127;
    --train: #7aa7f5; --validation: #f59e62; --bar: #5d6f8a; --planted: #f59e62;
    ${lineVariables('dark')}
  }
}
`;

/** What is inside a plot. */
export const PLOT_STYLE = `
.plot text { fill: var(--quiet); font-size: 12px; }
.grid { stroke: var(--grid); } .axis { stroke: var(--quiet); }
polyline { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
${LINE_RULES}
polyline.train { stroke: var(--train); } polyline.validation { stroke: var(--validation); stroke-dasharray: 6 5; }
circle { stroke: var(--page); stroke-width: 1; } circle.train { fill: var(--train); } circle.validation { fill: var(--validation); }
rect.bar { fill: var(--bar); } rect.planted, .pointer { fill: var(--planted); }
rect.bar:hover { fill: var(--train); }
.uniform { stroke: var(--ink); stroke-dasharray: 4 4; }
`;

/** The report's style sheet: light and dark, from a phone's width to a wide window. */
export const REPORT_STYLE = `${PALETTE}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 3.5rem clamp(1rem, 4vw, 3rem) 4rem; max-width: 72rem;
  background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
h1 { margin: 0.25rem 0 0.75rem; max-width: 26em; font-size: clamp(1.6rem, 1.2rem + 1.8vw, 2.3rem); line-height: 1.2; letter-spacing: -0.015em; text-wrap: balance; }
h2 { margin: 0 0 1rem; font-size: 1.15rem; line-height: 1.3; letter-spacing: -0.005em; }
p { margin: 0 0 0.75rem; max-width: 42em; }
section { margin-top: 3.25rem; }
.eyebrow, small, dt, th, figcaption small, footer { color: var(--quiet); }
.eyebrow { margin: 0; font-size: 0.9rem; }
.lead { font-size: 1.1rem; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 2.5rem 3.5rem; align-items: start; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 1.25rem 2rem; margin: 2rem 0 0; padding: 1.25rem 0; border-block: 1px solid var(--rule); }
.figures div { display: flex; flex-direction: column; }
.figures dt { font-size: 0.875rem; }
.figures dd { margin: 0; font-size: 1.5rem; line-height: 1.3; font-weight: 600; letter-spacing: -0.01em; }
figure { margin: 0; min-width: 0; }
figcaption { font-weight: 600; }
figcaption small { font-weight: 400; font-size: 0.875rem; margin-left: 0.35em; }
.legend { display: flex; flex-wrap: wrap; gap: 0.15rem 1.25rem; margin: 0.25rem 0 0.85rem; padding: 0; list-style: none; font-size: 0.875rem; color: var(--quiet); }
.legend b { color: var(--ink); font-weight: 600; }
.key { display: inline-block; width: 1.1rem; margin-right: 0.45rem; vertical-align: 0.25em; border-top: 2.5px solid; }
.key.bar, .key.planted { width: 0.7rem; height: 0.7rem; border: 0; border-radius: 2px; vertical-align: -0.05em; }
.key.train { color: var(--train); } .key.validation { color: var(--validation); border-top-style: dashed; }
.key.bar { background: var(--bar); } .key.planted { background: var(--planted); }
.legend svg { width: 1.5rem; height: 0.5rem; margin-right: 0.45rem; stroke-width: 2; }
.key.uniform { color: var(--ink); border-top: 1.5px dashed; }
.plot { padding: 6px 6px 48px 52px; }
.plot > svg { display: block; }
${PLOT_STYLE}
.diagram { display: block; max-width: 100%; height: auto; }
.layer rect { fill: var(--box); stroke: var(--rule); } .layer.learned rect { stroke: var(--train); stroke-width: 1.5; }
.layer text { fill: var(--ink); font-size: 14px; } .layer .name { font-weight: 600; } .layer .detail { fill: var(--quiet); font-size: 12px; }
.edge { fill: none; stroke: var(--quiet); stroke-width: 1.25; } marker path { fill: var(--quiet); }
.matrix { display: block; max-width: 100%; height: auto; margin: 1.5rem 0; font-size: 13px; }
.matrix text { fill: var(--ink); } .matrix .note { fill: var(--quiet); }
.right { fill: var(--train); } .wrong { fill: var(--planted); } .cell { fill: none; stroke: var(--rule); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.9375rem; }
th, td { padding: 0.4rem 0.75rem 0.4rem 0; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; }
th { font-weight: 500; }
th:last-child, td:last-child { padding-right: 0; }
.numbers { max-width: 44rem; }
.numbers th, .numbers td { text-align: right; white-space: nowrap; padding-left: 0.75rem; }
.numbers th:first-child, .numbers td:first-child { text-align: left; padding-left: 0; }
.settings th { width: 45%; }
code { font: 0.9em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
code span { display: inline-block; max-width: 100%; }
td { overflow-wrap: anywhere; }
:focus-visible { outline: 2px solid var(--train); outline-offset: 3px; }
@media (max-width: 30rem) {
  .numbers { font-size: 0.8125rem; }
  .numbers th, .numbers td { padding-inline: 0.5rem 0; }
  .numbers thead th { white-space: normal; vertical-align: bottom; }
}
.stack > * + * { margin-top: 2.25rem; }
`;
