import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { type HospitalChange, type HospitalView, hospitalsApi, type PeerView } from "../../../api/hospitals";
import { type Act, useAct } from "../../../ui/useAct";

export const HOSPITALS = ["hospitals"];
export const hospitalKey = (id: string): string[] => ["hospital", id];

/** A receiving system in few words, as a person would say it. */
export function useWhere(): (peer: PeerView) => string {
  const { t } = useTranslation();
  return (peer) =>
    peer.channel === "pacs"
      ? t("hospital.pacsAt", { ae: peer.ae_title ?? "", host: peer.host ?? "", port: peer.port ?? "" })
      : t("hospital.webhookAt", { url: peer.url ?? "" });
}

/** A part of a hospital's page that is saved by itself. It is made anew with what counts, so the page remembers the saving. */
export interface Part {
  hospital: HospitalView;
  isSaved: boolean;
  onSaved: () => void;
}

/** Changes of one hospital's settings: each names the edition that was shown; the page then shows what counts. */
export function useSave({ hospital, onSaved }: Part): Act & { save: (change: HospitalChange) => Promise<boolean> } {
  const queries = useQueryClient();
  const act = useAct();
  const save = (change: HospitalChange): Promise<boolean> =>
    act.run(async () => {
      const kept = await hospitalsApi.change(hospital.id, hospital.edition, change);
      onSaved();
      queries.setQueriesData({ queryKey: hospitalKey(hospital.id) }, kept);
      await queries.invalidateQueries({ queryKey: HOSPITALS });
    });
  return { ...act, save };
}
