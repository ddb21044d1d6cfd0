/** Using a hospital's one-time link to a study. */

import { room } from "./client";
import type { Named } from "./types";

export interface OpenedStudy {
  study_instance_uid: string;
  patient: string;
  study_date: string | null;
  description: string;
  modalities: string[];
  image_count: number;
}

export interface OpenedView {
  hospital: Named;
  studies: OpenedStudy[];
}

/** What the link's address holds, as it came. */
export interface LinkAddress {
  accession?: string;
  study?: string;
  token?: string;
}

export function openStudies({ accession, study, token }: LinkAddress): Promise<OpenedView> {
  return room.send("POST", "/open", { accession: accession ?? null, study: study ?? null, token: token ?? "" });
}
