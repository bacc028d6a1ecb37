/** A photograph from the camera: made smaller, so that it fits through a thin network; its metadata stay behind. */

const LONGEST = 1920;
const QUALITY = 0.85;

export interface Shot {
  bytes: ArrayBuffer;
  type: string;
}

export async function shrink(file: File): Promise<Shot> {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const small = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    if (small) return { bytes: await small.arrayBuffer(), type: small.type };
  } catch {
    // What this browser cannot draw is sent as it is; the server judges it.
  }
  return { bytes: await file.arrayBuffer(), type: file.type };
}
