/** Series and metadata of a study from the hospital's DICOMweb root (PS3.18), with the session's cookie. */

import { withPalettes } from "./palette";
import type { DicomJson } from "./slices";

/** The root answered, but not with what was asked for. status: HTTP's. */
export class DicomwebRefused extends Error {
  constructor(readonly status: number) {
    super(`DICOMweb answered ${status}`);
    this.name = "DicomwebRefused";
  }
}

/** A series of images. */
export interface SeriesSummary {
  uid: string;
  modality: string;
  description: string;
  number: number;
  instances: number;
}

export function dicomwebRoot(hospital: string): string {
  return `/dicom-web/h/${encodeURIComponent(hospital)}`;
}

export function seriesPath(study: string, series: string): string {
  return `/studies/${encodeURIComponent(study)}/series/${encodeURIComponent(series)}`;
}

export async function seriesMetadata(root: string, path: string, signal?: AbortSignal): Promise<DicomJson[]> {
  const instances = await json(`${root}${path}/metadata`, signal);
  return Promise.all(instances.map((each) => withPalettes(each, (uri) => bulkData(uri, signal))));
}

export function instancePath(study: string, series: string, instance: string): string {
  return `${seriesPath(study, series)}/instances/${encodeURIComponent(instance)}`;
}

/** Where an image of a study lies, and its Instance Number. */
export interface ImageSummary {
  sopInstanceUid: string;
  series: string;
  number: number;
}

/** The images of a study with these SOP Instance UIDs. */
export async function imagesOf(root: string, study: string, uids: readonly string[], signal?: AbortSignal): Promise<ImageSummary[]> {
  const url = `${root}/studies/${encodeURIComponent(study)}/instances?SOPInstanceUID=${uids.map(encodeURIComponent).join(",")}&limit=${uids.length}`;
  const text = (image: DicomJson, tag: string): string => String(image[tag]?.Value?.[0] ?? "");
  return (await json(url, signal)).map((each) => ({
    sopInstanceUid: text(each, "00080018"),
    series: text(each, "0020000E"),
    number: Number(text(each, "00200013")),
  }));
}

export function thumbnailUrl(root: string, path: string): string {
  return `${root}${path}/thumbnail?viewport=192%2C192`;
}

async function bulkData(uri: string, signal?: AbortSignal): Promise<ArrayBuffer> {
  const answer = await fetch(uri, {
    headers: { Accept: "application/octet-stream" },
    credentials: "same-origin",
    signal: signal ?? null,
  });
  if (!answer.ok) throw new DicomwebRefused(answer.status);
  return answer.arrayBuffer();
}

async function json(url: string, signal?: AbortSignal): Promise<DicomJson[]> {
  const answer = await fetch(url, {
    headers: { Accept: "application/dicom+json" },
    credentials: "same-origin",
    signal: signal ?? null,
  });
  if (!answer.ok) throw new DicomwebRefused(answer.status);
  return answer.status === 204 ? [] : ((await answer.json()) as DicomJson[]);
}
