/** Web Mercator, 0 to 1 from west and from north. */

const RADIUS = 6_378_137;

export const mercatorX = (longitude: number) => (180 + longitude) / 360;
export const mercatorY = (latitude: number) => (180 - (180 / Math.PI) * Math.log(Math.tan(Math.PI / 4 + (latitude * Math.PI) / 360))) / 360;
export const longitudeOf = (x: number) => x * 360 - 180;
export const latitudeOf = (y: number) => (360 / Math.PI) * Math.atan(Math.exp(((180 - y * 360) * Math.PI) / 180)) - 90;

/** Metres between two positions near each other. */
export function metres([x0, y0]: [number, number], [x1, y1]: [number, number]): number {
  const wide = ((x1 - x0) * Math.PI * RADIUS * Math.cos(((y0 + y1) * Math.PI) / 360)) / 180;
  return Math.hypot(wide, ((y1 - y0) * Math.PI * RADIUS) / 180);
}
