/** The centre's work: what waits, what runs, what left, what conflicts, and how the whole stands. */

import { room } from "./client";
import type { Named, Worded } from "./types";

/** What was examined and when, never of whom. */
export interface StudyBrief {
  modalities: string[];
  body_part: string;
  description: string;
  study_date: string | null;
}

export interface QueuedAnalysis {
  id: string;
  hospital: Named;
  study_instance_uid: string;
  study: StudyBrief | null;
  package: string;
  version: string;
  run: number;
  /** From 1 in the order of the work; null where it does not wait. */
  position: number | null;
  state: Worded;
  /** 0 to 1. */
  progress: number;
  attempt: number;
  since: string;
  lease_until: string | null;
  waits: string | null;
  reason: Worded | null;
}

export interface EncodeStep {
  id: number;
  hospital: Named;
  study_instance_uid: string;
  study: StudyBrief | null;
  what: Worded;
  state: Worded;
  attempt: number;
  due_at: string | null;
  lease_until: string | null;
  waits: string | null;
}

export interface QueueView {
  pending: QueuedAnalysis[];
  running: QueuedAnalysis[];
  failed: QueuedAnalysis[];
  encoding: EncodeStep[];
  counts: Record<"pending" | "running" | "failed" | "encoding", number>;
  limit: number;
}

export const DELIVERY_STATES = ["failed", "pending", "sending", "parked", "delivered", "confirmed", "cancelled"] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export interface DeliveryView {
  id: string;
  hospital: Named;
  channel: "pacs" | "his";
  where: string | null;
  what: Worded;
  study_instance_uid: string | null;
  study: StudyBrief | null;
  state: Worded;
  attempt: number;
  reason: string | null;
  created_at: string;
  due_at: string | null;
  delivered_at: string | null;
  can_retry: boolean;
  can_park: boolean;
}

export interface DeliveryPage {
  items: DeliveryView[];
  next: string | null;
  counts: Record<string, number>;
}

export const DELIVERY_FIELDS = ["state", "channel", "hospital"] as const;
export type DeliveryFilter = { [Field in (typeof DELIVERY_FIELDS)[number]]?: string };

export interface HeldView {
  id: number;
  hospital: Named;
  study_instance_uid: string;
  study: StudyBrief | null;
  series_instance_uid: string;
  sop_instance_uid: string;
  sop_class: string;
  size_bytes: number;
  reason: string;
  received_at: string;
}

export interface HeldEntry extends HeldView {
  is_served: boolean;
  /** served, held: null where they could say who the patient is. */
  differences: { path: string; tag: string | null; how: string; served: string | null; held: string | null }[];
}

export interface SystemView {
  version: string;
  is_demo: boolean;
  node: { bind: string; loopback: boolean; answers: boolean | null; text: string };
  disk: { free_bytes: number; total_bytes: number; watermark_bytes: number; low: boolean };
  steps: { word: string; name: string; waited_s: number | null; late: boolean; text: string }[];
  hospitals: number;
  packages: number;
  broken_packages: number;
  quarantined: number;
  studies: Record<string, number>;
  analyses: Record<string, number>;
  deliveries: Record<string, number>;
}

const entry = (id: number): string => `/admin/quarantine/${id}`;
const delivery = (id: string): string => `/admin/deliveries/${encodeURIComponent(id)}`;

export const workApi = {
  system: (signal?: AbortSignal) => room.get<SystemView>("/admin/system", signal),
  queue: (signal?: AbortSignal) => room.get<QueueView>("/admin/queue", signal),
  retryStudy: (hospital: string, study: string) =>
    room.send<{ analyses: number; encoded: number }>(
      "POST",
      `/admin/queue/${encodeURIComponent(hospital)}/${encodeURIComponent(study)}/retry`,
    ),
  deliveries: (filter: DeliveryFilter, after: string | null, signal?: AbortSignal) => {
    const query = new URLSearchParams(after === null ? {} : { after });
    for (const field of DELIVERY_FIELDS) {
      const value = filter[field];
      if (value !== undefined && value !== "") query.set(field, value);
    }
    return room.get<DeliveryPage>(`/admin/deliveries?${query}`, signal);
  },
  retryDelivery: (id: string) => room.send<DeliveryView>("POST", `${delivery(id)}/retry`),
  parkDelivery: (id: string) => room.send<DeliveryView>("POST", `${delivery(id)}/park`),
  quarantine: (signal?: AbortSignal) => room.get<{ items: HeldView[] }>("/admin/quarantine", signal),
  held: (id: number, signal?: AbortSignal) => room.get<HeldEntry>(entry(id), signal),
  accept: (id: number) => room.send<{ text: string }>("POST", `${entry(id)}/acceptance`),
  discard: (id: number) => room.send<{ text: string }>("POST", `${entry(id)}/discard`),
};
