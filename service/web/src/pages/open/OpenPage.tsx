import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { type ReactElement, useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { RoomProblem } from "../../api/client";
import { type OpenedView, openStudies } from "../../api/open";
import { inWords } from "../../api/problems";
import { Page } from "../../app/Page";
import { useReader } from "../../app/session";
import controls from "../../ui/controls.module.css";
import { Notice } from "../../ui/Notice";
import page from "../../ui/page.module.css";
import styles from "./open.module.css";

const route = getRouteApi("/open");

/** Where a hospital's RIS or PACS sends a reader: on to the study, to a choice of several, or why not and what to do. */
export function OpenPage(): ReactElement {
  const { t } = useTranslation();
  const { opened, fault, again } = useOpened();
  const isWorthAgain = !(fault instanceof RoomProblem) || fault.code === "nothing-to-open";
  return (
    <Page title={t("open.title")} right="read-studies">
      {opened === null && fault === null && <p role="status">{t("open.opening")}</p>}
      {fault !== null && (
        <div className={page.state}>
          <Notice tone="wrong">{inWords(fault, t)}</Notice>
          {isWorthAgain && (
            <button className={controls.button} onClick={again}>
              {t("common.again")}
            </button>
          )}
          <Link to="/worklist" search={{}}>
            {t("common.toWorklist")}
          </Link>
        </div>
      )}
      {opened !== null && opened.studies.length > 1 && <Choice opened={opened} />}
    </Page>
  );
}

function Choice({ opened: { hospital, studies } }: { opened: OpenedView }): ReactElement {
  const { t } = useTranslation();
  return (
    <>
      <p>{t("open.choose", { hospital: hospital.name, n: studies.length })}</p>
      <ul className={styles.choice}>
        {studies.map((each) => (
          <li key={each.study_instance_uid}>
            <Link
              to="/read/$hospital/$study"
              params={{ hospital: hospital.id, study: each.study_instance_uid }}
              search={{}}
              replace
            >
              <b>{each.study_date ?? t("open.noDate")}</b>
              <span>{[each.patient, each.modalities.join(" "), each.description].filter(Boolean).join(" · ")}</span>
              <small>{t("open.images", { n: each.image_count })}</small>
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}

interface Opened {
  opened: OpenedView | null;
  fault: unknown;
  again: () => void;
}

/** Hands the link over once, when somebody with an open session is there; what was used up leaves the address. */
function useOpened(): Opened {
  const reader = useReader();
  const { i18n } = useTranslation();
  const address = route.useSearch();
  const navigate = useNavigate();
  const isAsked = useRef(false);
  const [opened, setOpened] = useState<OpenedView | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const ask = useCallback((): void => {
    isAsked.current = true;
    setFault(null);
    openStudies(address).then((view) => {
      const [first] = view.studies;
      if (view.studies.length === 1 && first !== undefined) {
        const params = { hospital: view.hospital.id, study: first.study_instance_uid };
        void navigate({ to: "/read/$hospital/$study", params, search: {}, replace: true });
        return;
      }
      setOpened(view);
      void navigate({ to: "/open", search: {}, replace: true });
    }, setFault);
  }, [address, navigate]);
  const mayRead = reader.user.rights.includes("read-studies");
  // The centre words a refusal in the page's language, which follows the reader's a moment after they are there.
  const isSpoken = i18n.language === reader.user.language;
  useEffect(() => {
    if (isSpoken && !reader.locked && mayRead && !isAsked.current) ask();
  }, [ask, isSpoken, reader.locked, mayRead]);
  return { opened, fault, again: ask };
}
