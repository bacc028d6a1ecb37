/** Where the device is, and how well it knows. */

export interface Position {
  longitude: number;
  latitude: number;
  /** Metres. */
  accuracy: number;
}

const PATIENCE_MS = 10_000;
const EARTH = 6_371_008.8;

/** `null` when the device does not say, or may not. */
export function position(): Promise<Position | null> {
  return new Promise((resolve) => {
    if (!navigator.geolocation) return resolve(null);
    navigator.geolocation.getCurrentPosition(
      ({ coords: { longitude, latitude, accuracy } }) => resolve({ longitude, latitude, accuracy }),
      () => resolve(null),
      { enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: 5_000 },
    );
  });
}

/** Metres between two places, by the haversine formula. */
export function metres(one: Position, other: { longitude: number; latitude: number }): number {
  const rad = Math.PI / 180;
  const half =
    Math.sin(((other.latitude - one.latitude) * rad) / 2) ** 2 +
    Math.cos(one.latitude * rad) * Math.cos(other.latitude * rad) * Math.sin(((other.longitude - one.longitude) * rad) / 2) ** 2;
  return 2 * EARTH * Math.asin(Math.sqrt(half));
}

/** As the server reads it: `longitude,latitude,accuracy`. */
export function written(at: Position): string {
  return [at.longitude.toFixed(6), at.latitude.toFixed(6), at.accuracy.toFixed(1)].join(",");
}
