/** Line charts of observations with the limit drawn in (ECharts, canvas: no styles are written into the page). */
import { LineChart } from "echarts/charts";
import { GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use, type ECharts } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { axisMonth, axisTime, fullTime } from "./words";

use([LineChart, GridComponent, MarkLineComponent, TooltipComponent, CanvasRenderer]);

export interface Series {
  /** Instant (RFC 3339) and value; null where there was none. */
  points: [string, number | null][];
  unit: string;
  limit?: { value: number; name: string } | null;
  /** One point a month: the axis then names months. */
  monthly?: boolean;
  /** Instants to mark, e.g. those that made a rule fire. */
  marked?: string[];
}

/** Names on the axis are at least so far apart (ms): no two of them are the same. */
const MINUTE = 60_000;
const MONTH = 28 * 86_400_000;

const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const themed = (name: string) => getComputedStyle(document.body).getPropertyValue(name).trim() || token(name);

export function drawChart(holder: HTMLElement, series: Series): ECharts {
  const chart = init(holder, null, { renderer: "canvas" });
  chart.setOption(options(series));
  new ResizeObserver(() => chart.resize()).observe(holder);
  return chart;
}

export function options(series: Series) {
  const ink = themed("--ink-3");
  const marked = new Set(series.marked ?? []);
  return {
    animation: false,
    grid: { left: 8, right: 16, top: 28, bottom: 4, containLabel: true },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      valueFormatter: (value: unknown) => `${String(value ?? "–")} ${series.unit}`,
      axisPointer: { label: { formatter: ({ value }: { value: number }) => fullTime(new Date(value)) } },
    },
    xAxis: { type: "time", minInterval: series.monthly ? MONTH : MINUTE, axisLabel: { color: ink, hideOverlap: true, formatter: series.monthly ? axisMonth : (at: number) => axisTime(at) }, axisLine: { lineStyle: { color: ink } } },
    yAxis: {
      type: "value",
      name: series.unit,
      nameTextStyle: { color: ink, align: "left" },
      axisLabel: { color: ink },
      splitLine: { lineStyle: { color: themed("--line") } },
      max: series.limit ? ({ max }: { max: number }) => Math.ceil(Math.max(max, series.limit!.value) * 1.08) : undefined,
    },
    series: [
      {
        type: "line",
        data: series.points.map(([at, value]) => ({
          value: [at, value],
          symbolSize: marked.has(at) ? 12 : 4,
          symbol: marked.has(at) ? "diamond" : "circle",
          itemStyle: marked.has(at) ? { color: themed("--extreme") } : undefined,
        })),
        showAllSymbol: "auto",
        connectNulls: false,
        lineStyle: { color: themed("--brand"), width: 2 },
        itemStyle: { color: themed("--brand") },
        markLine: series.limit ? limitLine(series.limit) : undefined,
      },
    ],
  };
}

function limitLine({ value, name }: { value: number; name: string }) {
  return {
    symbol: "none",
    silent: true,
    lineStyle: { color: themed("--extreme"), type: "dashed", width: 1.5 },
    label: { formatter: name, position: "insideStartTop", color: themed("--extreme") },
    data: [{ yAxis: value }],
  };
}
