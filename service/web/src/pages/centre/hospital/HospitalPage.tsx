import { useQuery, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { type HospitalView, hospitalsApi } from "../../../api/hospitals";
import { useReader } from "../../../app/session";
import { Answered } from "../../../ui/Answered";
import { Confirm } from "../../../ui/Confirm";
import controls from "../../../ui/controls.module.css";
import page from "../../../ui/page.module.css";
import { Centre } from "../Centre";
import { AgreementPart } from "./AgreementPart";
import { General } from "./General";
import { Keys } from "./Keys";
import { NoticeRules } from "./NoticeRules";
import { Peers } from "./Peers";
import { Rules } from "./Rules";
import { Senders } from "./Senders";
import { hospitalKey, HOSPITALS, type Part } from "./shared";

const route = getRouteApi("/centre/hospitals/$hospital");

/** One hospital: everything about it that an administrator decides. Each part is saved by itself and counts at once. */
export function HospitalPage(): ReactElement {
  const { t } = useTranslation();
  const reader = useReader();
  const { hospital } = route.useParams();
  const asked = useQuery({
    queryKey: [...hospitalKey(hospital), reader.user.language],
    queryFn: ({ signal }) => hospitalsApi.one(hospital, signal),
    enabled: !reader.locked && reader.user.rights.includes("manage-centre"),
  });
  return (
    <Centre title={asked.data?.name ?? t("hospital.title")}>
      <Hospital asked={asked} />
    </Centre>
  );
}

function Hospital({ asked }: { asked: UseQueryResult<HospitalView> }): ReactElement {
  const [saved, setSaved] = useState<"general" | "agreement" | "senders" | "rules" | null>(null);
  const part = (name: "general" | "agreement" | "senders" | "rules"): Pick<Part, "isSaved" | "onSaved"> => ({
    isSaved: saved === name,
    onSaved: () => setSaved(name),
  });
  return (
    <Answered asked={asked}>
      {(view) => (
        <>
          <General key={JSON.stringify(general(view))} hospital={view} {...part("general")} />
          <AgreementPart
            key={JSON.stringify([view.id, "agreement", view.agreement])}
            hospital={view}
            {...part("agreement")}
          />
          <Senders key={JSON.stringify([view.id, view.senders])} hospital={view} {...part("senders")} />
          <Rules key={JSON.stringify([view.id, "rules", view.packages])} hospital={view} {...part("rules")} />
          <Peers hospital={view} />
          <NoticeRules hospital={view.id} />
          <Keys hospital={view} />
          <Removal hospital={view} />
        </>
      )}
    </Answered>
  );
}

/** What the first part is about: it is made anew when one of it changes. */
function general(view: HospitalView): unknown[] {
  return [view.id, view.name, view.language, view.release, view.targets, view.quiet_s, view.finalising];
}

function Removal({ hospital }: { hospital: HospitalView }): ReactElement {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [isAsked, setAsked] = useState(false);
  const remove = async (): Promise<void> => {
    await hospitalsApi.remove(hospital.id, hospital.name);
    await queries.invalidateQueries({ queryKey: HOSPITALS });
    await navigate({ to: "/centre/hospitals" });
  };
  return (
    <section className={page.card}>
      <h2>{t("hospital.remove")}</h2>
      <p>{t("hospital.removeMeans")}</p>
      <div className={page.acts}>
        <button className={`${controls.button} ${controls.danger}`} onClick={() => setAsked(true)}>
          {t("hospital.remove")}
        </button>
      </div>
      {isAsked && (
        <Confirm
          title={t("hospital.remove")}
          typed={hospital.name}
          act={t("hospital.remove")}
          onAct={remove}
          onClose={() => setAsked(false)}
        >
          <p>{t("hospital.removeMeans")}</p>
        </Confirm>
      )}
    </section>
  );
}
