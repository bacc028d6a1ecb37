/** One shape for each state, so that colour is never alone: the same shapes as in the legend. Drawn once, as a texture. */

const SIDE = 64;
/** By number of state: corners of a regular polygon and its turn; 0 corners is a circle. */
const CORNERS: [number, number][] = [
  [0, 0],
  [0, 0],
  [4, -Math.PI / 2],
  [3, -Math.PI / 2],
  [4, -Math.PI / 4],
  [6, 0],
];

/** Above the shapes of things that stand, below the smaller ones of those that go somewhere, and last their nose. */
export function drawShapes(): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = SIDE * (CORNERS.length + 1);
  canvas.height = SIDE * 2;
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("This browser draws no pictures.");
  CORNERS.forEach((_, state) => {
    shape(pen, state, SIDE * (state + 0.5), SIDE * 0.5, SIDE * 0.4);
    shape(pen, state, SIDE * (state + 0.5), SIDE * 1.5, SIDE * 0.27);
  });
  nose(pen, SIDE * (CORNERS.length + 0.5), SIDE * 1.5);
  return canvas;
}

function shape(pen: CanvasRenderingContext2D, state: number, x: number, y: number, size: number): void {
  const [corners, turn] = CORNERS[state]!;
  const radius = corners ? size : size * 0.84;
  pen.beginPath();
  if (!corners) pen.arc(x, y, radius, 0, 2 * Math.PI);
  for (let corner = 0; corner < corners; corner++) {
    const angle = turn + (corner * 2 * Math.PI) / corners;
    pen.lineTo(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
  }
  pen.closePath();
  if (state === 0) stroke(pen, "#ff0000", size * 0.36);
  else fill(pen);
}

/** Points north. */
function nose(pen: CanvasRenderingContext2D, x: number, y: number): void {
  pen.beginPath();
  pen.moveTo(x, y - SIDE * 0.46);
  pen.lineTo(x + SIDE * 0.17, y - SIDE * 0.2);
  pen.lineTo(x - SIDE * 0.17, y - SIDE * 0.2);
  pen.closePath();
  fill(pen);
}

/** Black is the rim, red the body; the shader gives both their colours. */
function fill(pen: CanvasRenderingContext2D): void {
  stroke(pen, "#000000", SIDE * 0.1);
  pen.fillStyle = "#ff0000";
  pen.fill();
}

function stroke(pen: CanvasRenderingContext2D, colour: string, width: number): void {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.lineJoin = "round";
  pen.stroke();
}
