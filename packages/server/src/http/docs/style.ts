const LIGHT = `--ground: #f2f5f4; --sheet: #ffffff; --line: #e0e6e4; --edge: #7f8c88; --ink: #14201f; --ink-2: #435250;
  --accent: #0b5f73; --on-accent: #ffffff; --bad: #a3321f; --good: #1d6a3a;`;
const DARK = `--ground: #111817; --sheet: #161f1e; --line: #2a3533; --edge: #74827e; --ink: #e6edeb; --ink-2: #b4c1be;
  --accent: #6cc3d6; --on-accent: #06242b; --bad: #f0937f; --good: #7ccb98;`;

/** The page around Swagger UI, and what of Swagger UI does not suit it: phones above all. */
export const STYLE = `:root { color-scheme: light; ${LIGHT} }
:root.dark-mode { color-scheme: dark; ${DARK} }
* { box-sizing: border-box; }
body { margin: 0; background: var(--sheet); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
html.dark-mode body, html.dark-mode .swagger-ui { background: var(--sheet); }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 24px; padding: 12px 24px; background: var(--ground); border-bottom: 1px solid var(--line); }
.bar h1 { margin: 0; font-size: 18px; font-weight: 650; }
.bar nav { display: flex; gap: 4px; margin-inline-end: auto; }
.bar a { padding: 8px 10px; border-radius: 6px; color: var(--ink-2); text-decoration: none; }
.bar a:hover { color: var(--ink); text-decoration: underline; }
.bar a[aria-current] { color: var(--accent); font-weight: 600; }
.bar button, .key button { min-height: 40px; padding: 0 16px; border-radius: 6px; font: inherit; cursor: pointer; }
.bar button { border: 1px solid var(--edge); background: none; color: var(--ink); }
.key { max-width: 1460px; margin: 0 auto; padding: 20px 24px 0; }
.key[hidden] { display: none; }
.key label { display: block; margin-bottom: 4px; font-weight: 600; }
.key-row { display: flex; gap: 8px; max-width: 560px; }
.key input { flex: 1; min-width: 0; min-height: 40px; padding: 0 12px; border: 1px solid var(--edge); border-radius: 6px; background: var(--sheet); color: var(--ink); font: 16px/1.5 ui-monospace, monospace; }
.key button { border: 0; background: var(--accent); color: var(--on-accent); font-weight: 600; }
.key output { display: block; min-height: 24px; margin-top: 4px; color: var(--ink-2); font-size: 14px; }
.key output[data-tone="bad"] { color: var(--bad); }
.key output[data-tone="good"] { color: var(--good); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.swagger-ui { font-family: inherit; }
.swagger-ui .wrapper { padding: 0 24px; }
.swagger-ui .info { margin: 16px 0 8px; }
.swagger-ui .info hgroup.main { margin: 0; }
.swagger-ui .info .title, .swagger-ui .info .link, .swagger-ui .info__license, .swagger-ui .info__contact, .swagger-ui .scheme-container { display: none; }
.swagger-ui .info p, .swagger-ui .info li { color: var(--ink-2); font-size: 15px; }
.swagger-ui .filter .operation-filter-input { min-height: 40px; margin: 8px 0; border: 1px solid var(--edge); border-radius: 6px; background: var(--sheet); color: var(--ink); }
.swagger-ui .opblock-tag { flex-wrap: wrap; border-color: var(--line); color: var(--ink); font-family: inherit; font-size: 20px; }
.swagger-ui .opblock-tag small { color: var(--ink-2); font-size: 14px; }
.swagger-ui .opblock .opblock-summary-description { color: var(--ink-2); font-family: inherit; }
.swagger-ui .opblock .opblock-summary-path { color: var(--ink); }
.swagger-ui .opblock-description-wrapper p { color: var(--ink); font-size: 15px; }
.swagger-ui table { table-layout: auto; }
.swagger-ui .microlight, .swagger-ui pre, .swagger-ui .highlight-code code { word-break: normal; overflow-wrap: anywhere; }
[data-part="webhooks"] .swagger-ui .wrapper h3:not([class]) { display: none; }
@media (max-width: 640px) {
  .bar { padding: 8px 16px; }
  .bar h1 { flex: 1; }
  .bar nav { order: 3; width: 100%; margin-inline-start: -10px; }
  .bar a { min-height: 44px; display: inline-flex; align-items: center; }
  .bar button, .key button, .key input { min-height: 44px; }
  .key { padding: 16px 16px 0; }
  .swagger-ui .wrapper { padding: 0 16px; }
  .swagger-ui .filter .operation-filter-input { width: 100%; max-width: none; min-height: 44px; font-size: 16px; }
  .swagger-ui .opblock-tag { padding: 12px 0; font-size: 18px; }
  .swagger-ui .opblock-tag small { flex-basis: 100%; order: 3; padding: 0; }
  .swagger-ui .opblock .opblock-summary { padding: 6px; }
  .swagger-ui .opblock .opblock-summary-control { flex-wrap: wrap; gap: 4px 8px; }
  .swagger-ui .opblock .opblock-summary-method { min-width: 64px; padding: 6px 0; font-size: 12px; }
  .swagger-ui .opblock .opblock-summary-path { max-width: calc(100vw - 190px); font-size: 13px; }
  .swagger-ui .opblock .opblock-summary-description { flex-basis: 100%; font-size: 14px; }
  .swagger-ui .opblock .opblock-summary-path-description-wrapper { flex-basis: calc(100% - 80px); flex-wrap: wrap; gap: 0; }
  .swagger-ui .parameters-container .parameter__name, .swagger-ui .parameters-container .parameter__type, .swagger-ui .parameters-container .parameter__in { display: inline-block; padding: 0; margin-inline-end: 8px; }
  .swagger-ui .parameters-container .parameters-col_description { margin-bottom: 16px; }
  .swagger-ui .opblock-section-header { flex-wrap: wrap; padding: 8px; }
  .swagger-ui .opblock-section-header > label { margin: 0; }
  .swagger-ui .table-container, .swagger-ui .responses-inner { padding: 8px; }
  .swagger-ui .parameters-container table, .swagger-ui .parameters-container tbody, .swagger-ui .parameters-container tr, .swagger-ui .parameters-container td,
  .swagger-ui .responses-table, .swagger-ui .responses-table > tbody, .swagger-ui .responses-table > tbody > tr, .swagger-ui .responses-table > tbody > tr > td { display: block; width: 100%; min-width: 0; max-width: 100%; padding-inline: 0; }
  .swagger-ui .parameters-container thead, .swagger-ui .responses-table > thead { display: none; }
  .swagger-ui .parameters-col_description input, .swagger-ui .parameters-col_description select, .swagger-ui .body-param__text { width: 100%; max-width: 100%; }
  .swagger-ui .responses-wrapper, .swagger-ui .response-col_description { overflow-x: auto; }
}
`;
