/** The district's outline as the platform serves it (GeoJSON, WGS 84). */

export type Ring = [number, number][];

export interface Outline {
  type: "FeatureCollection";
  features: { type: "Feature"; properties: Record<string, unknown>; geometry: Shape }[];
}

type Shape = { type: "Polygon"; coordinates: Ring[] } | { type: "MultiPolygon"; coordinates: Ring[][] };

/** An outline that cannot be had is an empty one: the map then shows things without land. */
export async function loadOutline(address: string): Promise<Outline> {
  const nothing: Outline = { type: "FeatureCollection", features: [] };
  try {
    const answer = await fetch(address, { credentials: "same-origin" });
    return answer.ok ? ((await answer.json()) as Outline) : nothing;
  } catch {
    return nothing;
  }
}

export function rings(outline: Outline): Ring[] {
  return outline.features.flatMap(({ geometry }) =>
    geometry.type === "Polygon" ? geometry.coordinates : geometry.coordinates.flat(),
  );
}

/** Whether places one after the other end where they began. */
export function isArea(places: Ring): boolean {
  const [first, last] = [places[0], places.at(-1)];
  return places.length > 3 && !!first && !!last && first[0] === last[0] && first[1] === last[1];
}

/** West, south, east, north; null when there is nothing to enclose. */
export function bounds(places: [number, number][]): [number, number, number, number] | null {
  if (!places.length) return null;
  const xs = places.map(([x]) => x);
  const ys = places.map(([, y]) => y);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
