export { type Bar, default as Bars } from "./Bars.vue";
export { default as Dots } from "./Dots.vue";
export { default as Figure } from "./Figure.vue";
export { default as LineChart, type LineMark, type LinePoint, type LineSeries } from "./LineChart.vue";
export { default as Parts } from "./Parts.vue";
export { default as ShareBar } from "./ShareBar.vue";
export { ticksFromZero, toFloat } from "./scale.ts";
export { type FigureTable, toCsv } from "./table.ts";
