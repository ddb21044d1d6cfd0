/** Packages the centre has, and what a hospital's rules would do with its stored studies. */

import { room } from "./client";
import type { PackageRule } from "./hospitals";
import type { Named, Worded } from "./types";

export interface InstalledPackage {
  name: string;
  version: string;
  title: string;
  /** The version that is asked. */
  is_newest: boolean;
  use_status: Worded;
  intended_use: string;
  exclusions: string[];
  not_validated_for: string[];
  modality: string;
  digest: string;
  asked_by: Named[];
}

export interface PackagesView {
  packages: InstalledPackage[];
  /** fault: as the manifest's reader says it, in English. */
  broken: { folder: string; fault: string }[];
}

export interface TriedPackage {
  package: string;
  version: string | null;
  outcome: "not-asked" | "refused" | "reads" | "stands";
  route: Worded;
  series_instance_uid: string | null;
  refusal: Worded | null;
  detail: string | null;
  selection: string[];
  standing: Worded | null;
}

export interface TriedStudy {
  study_instance_uid: string;
  revision: number;
  images: number;
  received_at: string;
  waits: string | null;
  series: { series_instance_uid: string; number: number | null; modality: string; description: string; images: number }[];
  packages: TriedPackage[];
}

export interface DryRunPage {
  items: TriedStudy[];
  next: string | null;
}

export const packagesApi = {
  installed: (signal?: AbortSignal) => room.get<PackagesView>("/admin/packages", signal),
  dryRun: (hospital: string, packages: PackageRule[], after: string | null) =>
    room.send<DryRunPage>("POST", `/admin/hospitals/${encodeURIComponent(hospital)}/dry-run`, { packages, after }),
};
