/** One shape for each state, so that colour is never alone: the same shapes as in the legend. */
import type { Level } from "./state";

const SHAPE_SIZE = 44;
const COLOURS: Record<Level, string> = {
  normal: "#58cf9a",
  notice: "#6aaef5",
  warning: "#f2cc57",
  severe: "#f59a55",
  extreme: "#f3716f",
  unknown: "#93a4a6",
};
/** Corners of a regular polygon and its turn; 0 corners is a circle. */
const CORNERS: Record<Level, [number, number]> = {
  normal: [0, 0],
  notice: [4, -Math.PI / 2],
  warning: [3, -Math.PI / 2],
  severe: [4, -Math.PI / 4],
  extreme: [6, 0],
  unknown: [0, 0],
};

export function drawShape(level: Level): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SHAPE_SIZE;
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("This browser draws no pictures.");
  outline(pen, level);
  pen.lineWidth = level === "unknown" ? 5 : 3;
  pen.fillStyle = COLOURS[level];
  pen.strokeStyle = level === "unknown" ? COLOURS.unknown : "#0b0f12";
  if (level !== "unknown") pen.fill();
  pen.stroke();
  return pen.getImageData(0, 0, SHAPE_SIZE, SHAPE_SIZE);
}

function outline(pen: CanvasRenderingContext2D, level: Level): void {
  const middle = SHAPE_SIZE / 2;
  const [corners, turn] = CORNERS[level];
  const radius = corners ? middle - 6 : middle - 10;
  pen.beginPath();
  if (!corners) pen.arc(middle, middle, radius, 0, 2 * Math.PI);
  for (let corner = 0; corner < corners; corner++) {
    const angle = turn + (corner * 2 * Math.PI) / corners;
    pen.lineTo(middle + radius * Math.cos(angle), middle + radius * Math.sin(angle));
  }
  pen.closePath();
}
