/** The map with its engine, which is fetched when the page stands already. */
import { find } from "../elements";
import { loadOutline } from "../map/outline";
import type { CentreMap, CentreMapOptions } from "./map";

/** Without WebGL, or without the engine, the rails still work, and the page says so. */
export async function openMap(address: string, options: Omit<CentreMapOptions, "outline">): Promise<CentreMap | null> {
  try {
    const [{ CentreMap }, outline] = await Promise.all([import("./map"), loadOutline(address)]);
    return new CentreMap({ ...options, outline });
  } catch {
    find<HTMLElement>("#no-map").hidden = false;
    return null;
  }
}
