/** Charts on pages of evidence: each `.chart[data-series]` names the JSON block it draws. */
import { drawChart, type Series } from "./chart";
import { handed } from "./words";

for (const holder of document.querySelectorAll<HTMLElement>(".chart[data-series]")) {
  const series = handed<Series>(holder.dataset.series ?? "");
  if (series?.points.length) drawChart(holder, series);
}
